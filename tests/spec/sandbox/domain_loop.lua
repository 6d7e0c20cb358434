--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  while true do local _ = cx:domain("node-1", "zone") end
  return nodes
end}
