--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local a = ("x"):rep(200000)
  while true do a:upper() end
  return nodes
end}
