--!chandra api=1 name=attack version=1
-- match fails: has no member 'warn'
return {match = function(cx, claim, nodes)
  chandra.log.warn("x")
  return nodes
end}
