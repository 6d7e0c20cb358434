--!chandra api=1 name=attack version=1
-- match fails: views are read-only
return {match = function(cx, claim, nodes)
  chandra.quantity.parse("1").x = 1
  return nodes
end}
