--!chandra api=1 name=attack version=1
-- match fails: error object is a claim value
return {match = function(cx, claim, nodes)
  error(claim)
  return nodes
end}
