--!chandra api=1 name=attack version=1
-- match fails: match must return a node set, got vector
return {match = function(cx, claim, nodes)
  if true then return cx:count_claims() end
  return nodes
end}
