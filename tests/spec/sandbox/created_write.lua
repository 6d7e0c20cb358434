--!chandra api=1 name=attack version=1
-- match fails: views are read-only
return {match = function(cx, claim, nodes)
  claim.created = 1
  return nodes
end}
