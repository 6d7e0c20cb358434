--!chandra api=1 name=attack version=1
-- ok
local kept
return {match = function(cx, claim, nodes)
  kept = kept or cx
  kept:note("x")
  return nodes
end}
