--!chandra api=1 name=attack version=1
-- match fails: unknown global 'next'
return {match = function(cx, claim, nodes)
  next("x")
  return nodes
end}
