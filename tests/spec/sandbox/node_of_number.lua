--!chandra api=1 name=attack version=1
-- match fails: string expected
return {match = function(cx, claim, nodes)
  cx:node({})
  return nodes
end}
