--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  if true then return nodes, 1, 2, 3 end
  return nodes
end}
