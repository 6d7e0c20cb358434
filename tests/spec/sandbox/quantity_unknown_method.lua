--!chandra api=1 name=attack version=1
-- match fails: quantity has no field 'nmber'; did you mean 'number'?
return {match = function(cx, claim, nodes)
  local _ = chandra.quantity.parse("1"):nmber()
  return nodes
end}
