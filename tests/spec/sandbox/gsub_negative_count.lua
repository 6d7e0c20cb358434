--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(("xx"):gsub("x", "y", -1) == "xx")
  return nodes
end}
