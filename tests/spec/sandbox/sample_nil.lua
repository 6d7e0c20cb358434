--!chandra api=1 name=attack version=1
-- match fails: number expected
return {match = function(cx, claim, nodes)
  cx:sample(nodes)
  return nodes
end}
