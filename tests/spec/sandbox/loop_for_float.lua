--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  for i = 1, math.huge do local _ = i end
  return nodes
end}
