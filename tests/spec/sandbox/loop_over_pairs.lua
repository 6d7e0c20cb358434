--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local t = {}
  for i = 1, 1000 do t["k" .. i] = i end
  while true do for _ in pairs(t) do break end end
  return nodes
end}
