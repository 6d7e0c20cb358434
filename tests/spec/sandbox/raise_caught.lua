--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(not pcall(error, "x"))
  return nodes
end}
