--!chandra api=1 name=attack version=1
-- match fails: counts of domains must be numbers
return {match = function(cx, claim, nodes)
  local _ = cx:spread(nodes, "zone", {a = "x"})
  return nodes
end}
