--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  local t = {}
  for i = 1, 500 do t[i] = i % 7 end
  table.sort(t, function() return true end)
  table.sort(t, function() return false end)
  assert(#t == 500)
  return nodes
end}
