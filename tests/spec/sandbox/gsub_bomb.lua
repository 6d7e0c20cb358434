--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local _ = ("a"):rep(3000):gsub(("a*"):rep(20) .. "b", "")
  return nodes
end}
