--!chandra api=1 name=attack version=1
-- match fails: more than 1000 results
return {match = function(cx, claim, nodes)
  table.unpack({}, 1, 1e7)
  return nodes
end}
