--!chandra api=1 name=attack version=1
-- match fails: is no quantity
return {match = function(cx, claim, nodes)
  local _ = chandra.quantity.parse("1GiB")
  return nodes
end}
