--!chandra api=1 name=attack version=1
-- match fails: match must return a node set, got claim
return {match = function(cx, claim, nodes)
  if true then return claim end
  return nodes
end}
