--!chandra api=1 name=attack version=1
-- match fails: more than 1000 results
return {match = function(cx, claim, nodes)
  local _ = ("x"):rep(2000):byte(1, -1)
  return nodes
end}
