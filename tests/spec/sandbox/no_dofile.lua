--!chandra api=1 name=attack version=1
-- match fails: unknown global 'dofile'
return {match = function(cx, claim, nodes)
  dofile("x")
  return nodes
end}
