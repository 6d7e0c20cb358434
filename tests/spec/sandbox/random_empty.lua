--!chandra api=1 name=attack version=1
-- match fails: interval is empty
return {match = function(cx, claim, nodes)
  math.random(0)
  return nodes
end}
