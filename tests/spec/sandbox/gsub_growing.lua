--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local s = "xx"
  while true do s = s:gsub("x", "%0%0") end
  return nodes
end}
