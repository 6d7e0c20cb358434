--!chandra api=1 name=attack version=1
-- match fails: out of range
return {match = function(cx, claim, nodes)
  select(-5, 1)
  return nodes
end}
