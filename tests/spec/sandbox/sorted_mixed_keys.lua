--!chandra api=1 name=attack version=1
-- match fails: a quantity goes with another quantity only, got a table
return {match = function(cx, claim, nodes)
  local _ = chandra.sorted({1, 2}, function(i) return i == 1 and chandra.quantity.parse("1") or {} end)
  return nodes
end}
