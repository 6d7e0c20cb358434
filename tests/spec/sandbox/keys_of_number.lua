--!chandra api=1 name=attack version=1
-- match fails: table expected
return {match = function(cx, claim, nodes)
  local _ = chandra.keys(3)
  return nodes
end}
