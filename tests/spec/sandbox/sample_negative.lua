--!chandra api=1 name=attack version=1
-- match fails: must not be negative
return {match = function(cx, claim, nodes)
  cx:sample(nodes, -1)
  return nodes
end}
