--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local list = {}
  for i = 1, 10000 do list[i] = claim end
  while true do local _ = cx:count_by(list, "zone") end
  return nodes
end}
