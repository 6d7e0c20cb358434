--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(not ("abc"):find("c", 100, true) and ("abc"):find("a", -100, true) == 1
    and ("abc"):find("b", math.mininteger, true) == 2)
  return nodes
end}
