--!chandra api=1 name=attack version=1
-- match fails: needs both 'label' and 'value'
return {match = function(cx, claim, nodes)
  cx:find_pods{}
  return nodes
end}
