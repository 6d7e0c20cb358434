--!chandra api=1 name=attack version=1
-- match fails: no order
return {match = function(cx, claim, nodes)
  table.sort({3, 2, 1}, function() error("no order") end)
  return nodes
end}
