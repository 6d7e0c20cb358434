--!chandra api=1 name=attack version=1
-- match fails: over the limit
return {match = function(cx, claim, nodes)
  local list = {}
  for i = 1, 1000000 do list[i] = i end
  local _ = chandra.set(list)
  return nodes
end}
