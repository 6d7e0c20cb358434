--!chandra api=1 name=attack version=1
-- match fails: number has no integer representation
return {match = function(cx, claim, nodes)
  local _ = chandra.quantity.parse(1.5)
  return nodes
end}
