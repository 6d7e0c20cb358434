--!chandra api=1 name=attack version=1
-- match fails: used after its call
local kept
return {match = function(cx, claim, nodes)
  kept = kept or nodes
  local _ = ("x"):gsub("x", function() return tostring(#kept) end)
  return nodes
end}
