--!chandra api=1 name=attack version=1
-- match fails: cannot set claim.name: views are read-only
return {match = function(cx, claim, nodes)
  claim.name = "x"
  return nodes
end}
