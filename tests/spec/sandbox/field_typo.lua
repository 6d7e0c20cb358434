--!chandra api=1 name=attack version=1
-- match fails: claim has no field 'alocated'; did you mean 'allocated'?
return {match = function(cx, claim, nodes)
  local _ = claim.alocated
  return nodes
end}
