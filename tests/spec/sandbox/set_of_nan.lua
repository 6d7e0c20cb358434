--!chandra api=1 name=attack version=1
-- match fails: no NaN
return {match = function(cx, claim, nodes)
  local _ = chandra.set{0/0}
  return nodes
end}
