--!chandra api=1 name=attack version=1
-- match fails: match must return a node set, got node
return {match = function(cx, claim, nodes)
  if true then return nodes:first() end
  return nodes
end}
