--!chandra api=1 name=attack version=1
-- match fails: goes with another
return {match = function(cx, claim, nodes)
  local _ = chandra.sorted{chandra.quantity.parse("1"), chandra.semver.parse("1.0.0")}
  return nodes
end}
