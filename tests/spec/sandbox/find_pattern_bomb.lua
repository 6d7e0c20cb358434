--!chandra api=1 name=attack version=1
-- match fails: patterns are not offered
return {match = function(cx, claim, nodes)
  local _ = ("x"):rep(300):find(("a-"):rep(9) .. "b")
  return nodes
end}
