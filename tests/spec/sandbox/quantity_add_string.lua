--!chandra api=1 name=attack version=1
-- match fails: a quantity goes with another quantity only, got a string
return {match = function(cx, claim, nodes)
  local _ = chandra.quantity.parse("1") + "1"
  return nodes
end}
