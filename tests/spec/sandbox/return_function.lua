--!chandra api=1 name=attack version=1
-- match fails: match must return a node set, got function
return {match = function(cx, claim, nodes)
  if true then return print end
  return nodes
end}
