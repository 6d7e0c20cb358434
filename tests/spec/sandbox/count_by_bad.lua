--!chandra api=1 name=attack version=1
-- match fails: nodes, a vector, or an array
return {match = function(cx, claim, nodes)
  local _ = cx:count_by("x", "zone")
  return nodes
end}
