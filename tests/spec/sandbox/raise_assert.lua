--!chandra api=1 name=attack version=1
-- match fails: assertion failed!
return {match = function(cx, claim, nodes)
  assert(false)
  return nodes
end}
