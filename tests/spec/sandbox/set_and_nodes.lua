--!chandra api=1 name=attack version=1
-- match fails: expected, got
return {match = function(cx, claim, nodes)
  local _ = chandra.set{"a"} | nodes
  return nodes
end}
