--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local all = nodes
  while true do all = all & nodes | nodes - all end
  return nodes
end}
