--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local t = {}
  for i = 1, 50000 do t[i] = i end
  while #t > 0 do table.remove(t, 1) end
  return nodes
end}
