--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local a = ("a"):rep(100000)
  while true do a:split("b") end
  return nodes
end}
