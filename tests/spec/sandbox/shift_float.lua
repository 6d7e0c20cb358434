--!chandra api=1 name=attack version=1
-- match fails: no integer representation
return {match = function(cx, claim, nodes)
  local _ = 1.5 << 1
  return nodes
end}
