--!chandra api=1 name=attack version=1
-- match fails: no zero bytes
return {match = function(cx, claim, nodes)
  local _ = chandra.quantity.parse("1\0Gi")
  return nodes
end}
