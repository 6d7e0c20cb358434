--!chandra api=1 name=attack version=1
-- match fails: query has no field 'klass'; did you mean 'class'?
return {match = function(cx, claim, nodes)
  local _ = cx:count_claims{klass = "gpu"}
  return nodes
end}
