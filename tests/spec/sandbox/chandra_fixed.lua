--!chandra api=1 name=attack version=1
-- match fails: chandra is read-only
return {match = function(cx, claim, nodes)
  chandra.api = 2
  return nodes
end}
