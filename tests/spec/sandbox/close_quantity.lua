--!chandra api=1 name=attack version=1
-- match fails: got a non-closable value
return {match = function(cx, claim, nodes)
  local _ <close> = chandra.quantity.parse("1")
  return nodes
end}
