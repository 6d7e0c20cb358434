--!chandra api=1 name=attack version=1
-- match fails: at most 255 characters
return {match = function(cx, claim, nodes)
  local _ = chandra.semver.parse("1.2.3\0")
  return nodes
end}
