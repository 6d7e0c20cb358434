--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local _ = ("x"):rep(300):find(("x-"):rep(9) .. "b")
  return nodes
end}
