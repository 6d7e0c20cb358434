--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local t = {}
  for i = 1, 100000 do table.insert(t, 1, i) end
  return nodes
end}
