--!chandra api=1 name=attack version=1
-- match fails: views are read-only
return {match = function(cx, claim, nodes)
  nodes[1] = 1
  return nodes
end}
