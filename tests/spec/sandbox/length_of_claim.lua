--!chandra api=1 name=attack version=1
-- match fails: attempt to get length
return {match = function(cx, claim, nodes)
  local _ = #claim
  return nodes
end}
