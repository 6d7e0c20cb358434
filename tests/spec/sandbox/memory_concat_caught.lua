--!chandra api=1 name=attack version=1
-- match fails: over the limit of 16777216 bytes
return {match = function(cx, claim, nodes)
  local t = {}
  for i = 1, 60 do t[i] = ("x"):rep(200000) end
  while true do pcall(table.concat, t) end
  return nodes
end}
