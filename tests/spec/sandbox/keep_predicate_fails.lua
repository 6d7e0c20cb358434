--!chandra api=1 name=attack version=1
-- match fails: predicate
return {match = function(cx, claim, nodes)
  cx:keep(nodes, function() error("predicate") end, "x")
  return nodes
end}
