--!chandra api=1 name=attack version=1
-- match fails: an array, nodes or a set expected
return {match = function(cx, claim, nodes)
  local _ = chandra.sorted(claim)
  return nodes
end}
