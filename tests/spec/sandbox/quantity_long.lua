--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(chandra.quantity.parse(("0"):rep(100000) .. "1") == chandra.quantity.parse("1"))
  return nodes
end}
