--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local each = ("x"):rep(100000):gmatch("()")
  while true do each() end
  return nodes
end}
