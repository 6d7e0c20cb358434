--!chandra api=1 name=attack version=1
-- match fails: over the limit of 16777216 bytes
return {match = function(cx, claim, nodes)
  local t = {}
  while true do t[#t + 1] = {} end
  return nodes
end}
