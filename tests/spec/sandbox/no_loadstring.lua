--!chandra api=1 name=attack version=1
-- match fails: unknown global 'loadstring'
return {match = function(cx, claim, nodes)
  loadstring("x")
  return nodes
end}
