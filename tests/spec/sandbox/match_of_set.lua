--!chandra api=1 name=attack version=1
-- match fails: bad argument #1
return {match = function(cx, claim, nodes)
  local _ = string.match(nodes, "x")
  return nodes
end}
