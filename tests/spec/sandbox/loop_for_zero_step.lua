--!chandra api=1 name=attack version=1
-- match fails: 'for' step is zero
return {match = function(cx, claim, nodes)
  for i = 1, 2, 0 do local _ = i end
  return nodes
end}
