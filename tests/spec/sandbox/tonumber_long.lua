--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(tonumber(("9"):rep(10000)))
  return nodes
end}
