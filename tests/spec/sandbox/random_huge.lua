--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(math.random(math.mininteger + 1, math.maxinteger))
  return nodes
end}
