--!chandra api=1 name=attack version=1
-- match fails: string expected, got nil
return {match = function(cx, claim, nodes)
  local _ = chandra.semver.compare("1.2.3", nil)
  return nodes
end}
