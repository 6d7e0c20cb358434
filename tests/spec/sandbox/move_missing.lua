--!chandra api=1 name=attack version=1
-- match fails: no member 'move'
return {match = function(cx, claim, nodes)
  table.move({}, 1, 1e9, 2)
  return nodes
end}
