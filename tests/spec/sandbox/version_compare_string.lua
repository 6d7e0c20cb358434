--!chandra api=1 name=attack version=1
-- match fails: a version goes with another version only, got a string
return {match = function(cx, claim, nodes)
  local _ = chandra.semver.parse("1.2.3") < "1.3.0"
  return nodes
end}
