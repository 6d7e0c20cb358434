--!chandra api=1 name=attack version=1
-- match fails: a vector, or a table
return {match = function(cx, claim, nodes)
  local _ = cx:spread(nodes, "zone", "x")
  return nodes
end}
