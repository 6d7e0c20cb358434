--!chandra api=1 name=attack version=1
-- match fails: attempt to concatenate
return {match = function(cx, claim, nodes)
  local _ = "x" .. claim
  return nodes
end}
