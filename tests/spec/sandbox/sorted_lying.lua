--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  local list = chandra.sorted({3, 1, 2}, function() return cx:random(3) end)
  assert(#list == 3)
  return nodes
end}
