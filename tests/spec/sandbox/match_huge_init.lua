--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(("x"):match("x", math.maxinteger) == nil)
  assert(("x"):match("x", math.mininteger) == "x")
  return nodes
end}
