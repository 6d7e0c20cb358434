--!chandra api=1 name=attack version=1
-- match fails: more than 200 items
return {match = function(cx, claim, nodes)
  local _ = ("x"):match(("x"):rep(201))
  return nodes
end}
