--!chandra api=1 name=attack version=1
-- match fails: cannot go through a claim with pairs
return {match = function(cx, claim, nodes)
  for _ in pairs(claim) do end
  return nodes
end}
