--!chandra api=1 name=attack version=1
-- match fails: is no version
return {match = function(cx, claim, nodes)
  local _ = chandra.semver.parse("9999999999999999999.0.0")
  return nodes
end}
