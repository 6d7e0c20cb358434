--!chandra api=1 name=attack version=1
-- match fails: cannot set node.name
return {match = function(cx, claim, nodes)
  nodes:first().name = "x"
  return nodes
end}
