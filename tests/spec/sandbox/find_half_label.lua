--!chandra api=1 name=attack version=1
-- match fails: both 'label' and 'value'
return {match = function(cx, claim, nodes)
  cx:find_claims{label = "a"}
  return nodes
end}
