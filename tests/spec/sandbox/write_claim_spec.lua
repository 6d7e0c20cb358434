--!chandra api=1 name=attack version=1
-- match fails: cannot set claim spec.resourceClassName
return {match = function(cx, claim, nodes)
  claim.spec.resourceClassName = "x"
  return nodes
end}
