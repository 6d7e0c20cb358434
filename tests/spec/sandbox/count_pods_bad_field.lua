--!chandra api=1 name=attack version=1
-- match fails: query has no field 'lable'; did you mean 'label'?
return {match = function(cx, claim, nodes)
  local _ = cx:count_pods{lable = "app"}
  return nodes
end}
