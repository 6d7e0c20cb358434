--!chandra api=1 name=attack version=1
-- match fails: unknown global 'getmetatable'
return {match = function(cx, claim, nodes)
  local _ = getmetatable(chandra.quantity.parse("1"))
  return nodes
end}
