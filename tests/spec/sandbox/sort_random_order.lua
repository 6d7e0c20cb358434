--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  local t = {}
  for i = 1, 500 do t[i] = i end
  table.sort(t, function() return cx:random(2) == 1 end)
  assert(#t == 500)
  return nodes
end}
