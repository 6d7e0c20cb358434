--!chandra api=1 name=attack version=1
-- match fails: invalid value
return {match = function(cx, claim, nodes)
  table.concat({}, "", 1, math.maxinteger)
  return nodes
end}
