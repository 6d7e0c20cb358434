--!chandra api=1 name=attack version=1
-- match fails: match must return a node set, got number
return {match = function(cx, claim, nodes)
  if true then return 42 end
  return nodes
end}
