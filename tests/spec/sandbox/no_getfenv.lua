--!chandra api=1 name=attack version=1
-- match fails: unknown global 'getfenv'
return {match = function(cx, claim, nodes)
  getfenv("x")
  return nodes
end}
