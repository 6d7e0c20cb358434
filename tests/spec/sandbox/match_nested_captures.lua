--!chandra api=1 name=attack version=1
-- match fails: more than 32 captures
return {match = function(cx, claim, nodes)
  local _ = ("x"):match(("("):rep(33) .. ("x)"):rep(33))
  return nodes
end}
