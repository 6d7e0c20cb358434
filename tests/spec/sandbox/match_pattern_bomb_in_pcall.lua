--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  while true do pcall(string.match, ("a"):rep(3000), ("a*"):rep(20) .. "b") end
  return nodes
end}
