--!chandra api=1 name=attack version=1
-- match fails: needs both 'label' and 'value'
return {match = function(cx, claim, nodes)
  local _ = cx:count_pods{label = "app"}
  return nodes
end}
