--!chandra api=1 name=attack version=1
-- match fails: node set expected, got number
return {match = function(cx, claim, nodes)
  local _ = nodes < 1
  return nodes
end}
