--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local a, b = chandra.set{1, 2, 3}, chandra.set{3, 4}
  while true do local _ = (a | b) - (a & b) end
  return nodes
end}
