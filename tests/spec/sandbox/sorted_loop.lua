--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  while true do local _ = chandra.sorted(nodes, function(node) return node.name end) end
  return nodes
end}
