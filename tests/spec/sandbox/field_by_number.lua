--!chandra api=1 name=attack version=1
-- match fails: claim has no field with a number
return {match = function(cx, claim, nodes)
  local _ = claim[1]
  return nodes
end}
