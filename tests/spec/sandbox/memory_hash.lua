--!chandra api=1 name=attack version=1
-- match fails: over the limit of 16777216 bytes
return {match = function(cx, claim, nodes)
  local t = {}
  for i = 1, math.huge do t[i * 7.5] = i end
  return nodes
end}
