--!chandra api=1 name=attack version=1
-- match fails: no luck
return {match = function(cx, claim, nodes)
  error("no luck")
  return nodes
end}
