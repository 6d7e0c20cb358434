--!chandra api=1 name=attack version=1
-- match fails: must be at least 1
return {match = function(cx, claim, nodes)
  cx:random(-1)
  return nodes
end}
