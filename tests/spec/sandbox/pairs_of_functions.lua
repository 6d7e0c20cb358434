--!chandra api=1 name=attack version=1
-- match fails: cannot order keys
return {match = function(cx, claim, nodes)
  for _ in pairs{[print] = 1, [error] = 2} do end
  return nodes
end}
