--!chandra api=1 name=attack version=1
-- match fails: both 'label' and 'value'
return {match = function(cx, claim, nodes)
  local _ = cx:count_claims{label = "app"}
  return nodes
end}
