--!chandra api=1 name=attack version=1
-- match fails: expected
return {match = function(cx, claim, nodes)
  table.sort(nodes)
  return nodes
end}
