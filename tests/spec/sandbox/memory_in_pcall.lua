--!chandra api=1 name=attack version=1
-- match fails: over the limit of
return {match = function(cx, claim, nodes)
  local t = {}
  while true do pcall(function() while true do t[#t + 1] = {} end end) end
  return nodes
end}
