--!chandra api=1 name=attack version=1
-- ok
local kept = chandra.set{"gpu", "nic"}
return {match = function(cx, claim, nodes)
  assert(kept:has("gpu"))
  assert(tostring(kept) == "set of 2")
  return nodes
end}
