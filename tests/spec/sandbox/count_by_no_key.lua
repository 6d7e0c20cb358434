--!chandra api=1 name=attack version=1
-- match fails: string expected
return {match = function(cx, claim, nodes)
  local _ = cx:count_by(nodes)
  return nodes
end}
