--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(("x"):rep(-5) == "" and ("x"):rep(math.mininteger) == "")
  return nodes
end}
