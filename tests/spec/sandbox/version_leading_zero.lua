--!chandra api=1 name=attack version=1
-- match fails: is no version
return {match = function(cx, claim, nodes)
  local _ = chandra.semver.parse("1.02.3")
  return nodes
end}
