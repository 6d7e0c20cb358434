--!chandra api=1 name=attack version=1
-- match fails: attempt to perform arithmetic
return {match = function(cx, claim, nodes)
  local _ = "10" + 1
  return nodes
end}
