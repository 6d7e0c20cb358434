--!chandra api=1 name=attack version=1
-- match fails: attempt to divide by zero
return {match = function(cx, claim, nodes)
  local _ = 1 // 0
  return nodes
end}
