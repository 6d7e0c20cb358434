--!chandra api=1 name=attack version=1
-- match fails: table is read-only
return {match = function(cx, claim, nodes)
  table.sort = nil
  return nodes
end}
