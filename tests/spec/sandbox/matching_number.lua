--!chandra api=1 name=attack version=1
-- match fails: table expected
return {match = function(cx, claim, nodes)
  nodes:matching(5)
  return nodes
end}
