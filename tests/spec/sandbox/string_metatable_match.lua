--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(("x").match == string.match)
  return nodes
end}
