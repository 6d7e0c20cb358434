--!chandra api=1 name=attack version=1
-- match fails: string expected
return {match = function(cx, claim, nodes)
  local _ = cx:domain("node-1")
  return nodes
end}
