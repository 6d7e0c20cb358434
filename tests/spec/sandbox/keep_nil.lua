--!chandra api=1 name=attack version=1
-- match fails: node set expected, got nil
return {match = function(cx, claim, nodes)
  cx:keep(nil, nodes, "x")
  return nodes
end}
