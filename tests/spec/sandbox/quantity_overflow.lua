--!chandra api=1 name=attack version=1
-- match fails: quantity overflow
return {match = function(cx, claim, nodes)
  local most = chandra.quantity.parse("9223372036854775807")
  local _ = most + chandra.quantity.parse("1n")
  return nodes
end}
