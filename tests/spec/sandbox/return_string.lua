--!chandra api=1 name=attack version=1
-- match fails: match must return a node set, got string
return {match = function(cx, claim, nodes)
  if true then return "nodes" end
  return nodes
end}
