--!chandra api=1 name=attack version=1
-- match fails: attempt to compare
return {match = function(cx, claim, nodes)
  table.sort({1, "a", {}})
  return nodes
end}
