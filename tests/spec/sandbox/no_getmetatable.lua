--!chandra api=1 name=attack version=1
-- match fails: unknown global 'getmetatable'
return {match = function(cx, claim, nodes)
  getmetatable("x")
  return nodes
end}
