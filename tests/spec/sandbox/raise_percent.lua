--!chandra api=1 name=attack version=1
-- match fails: %s%n%d
return {match = function(cx, claim, nodes)
  error("%s%n%d")
  return nodes
end}
