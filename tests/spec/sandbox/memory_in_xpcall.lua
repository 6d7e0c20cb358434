--!chandra api=1 name=attack version=1
-- match fails: over the limit of 16777216 bytes
return {match = function(cx, claim, nodes)
  local t = {}
  while true do xpcall(function() while true do t[#t + 1] = ("x"):rep(1000) .. #t end end, print) end
  return nodes
end}
