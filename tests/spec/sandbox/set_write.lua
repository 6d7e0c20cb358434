--!chandra api=1 name=attack version=1
-- match fails: views are read-only
return {match = function(cx, claim, nodes)
  chandra.set{"a"}.b = true
  return nodes
end}
