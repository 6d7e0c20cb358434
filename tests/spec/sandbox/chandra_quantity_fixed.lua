--!chandra api=1 name=attack version=1
-- match fails: chandra.quantity is read-only
return {match = function(cx, claim, nodes)
  chandra.quantity.parse = nil
  return nodes
end}
