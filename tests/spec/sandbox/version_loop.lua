--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  while true do local _ = chandra.semver.compare("1.2.3-a.b.c", "1.2.3-a.b.d") end
  return nodes
end}
