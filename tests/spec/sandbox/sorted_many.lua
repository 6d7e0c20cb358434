--!chandra api=1 name=attack version=1
-- match fails: over the limit
return {match = function(cx, claim, nodes)
  local list = {}
  for i = 1, 300000 do list[i] = i end
  local _ = chandra.sorted(list)
  return nodes
end}
