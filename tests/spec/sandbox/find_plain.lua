--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(("a.b"):find(".", 1, true) == 2)
  return nodes
end}
