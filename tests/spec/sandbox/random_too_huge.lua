--!chandra api=1 name=attack version=1
-- match fails: interval is too large
return {match = function(cx, claim, nodes)
  math.random(math.mininteger, math.maxinteger)
  return nodes
end}
