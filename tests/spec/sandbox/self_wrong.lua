--!chandra api=1 name=attack version=1
-- match fails: bad argument
return {match = function(cx, claim, nodes)
  nodes.has(claim, "node-1")
  return nodes
end}
