--!chandra api=1 name=attack version=1
-- match fails: match must return a node set, got cx
return {match = function(cx, claim, nodes)
  if true then return cx end
  return nodes
end}
