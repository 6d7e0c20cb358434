--!chandra api=1 name=attack version=1
-- match fails: a set has strings, numbers and booleans, got a node
return {match = function(cx, claim, nodes)
  local _ = chandra.set{nodes:first()}
  return nodes
end}
