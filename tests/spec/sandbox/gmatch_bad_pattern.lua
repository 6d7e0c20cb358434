--!chandra api=1 name=attack version=1
-- match fails: malformed pattern: it ends with %
return {match = function(cx, claim, nodes)
  for _ in ("x"):gmatch("x%") do end
  return nodes
end}
