--!chandra api=1 name=attack version=1
-- match fails: views are read-only
return {match = function(cx, claim, nodes)
  cx:count_claims()[nodes:first()] = 1
  return nodes
end}
