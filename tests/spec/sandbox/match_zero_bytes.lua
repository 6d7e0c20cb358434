--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(("a\0b"):match("a%z?.b") == "a\0b")
  assert(("a\0b"):find("\0", 1, true) == 2)
  assert(("a\0b"):match("[^\0]+$") == "b")
  return nodes
end}
