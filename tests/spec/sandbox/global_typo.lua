--!chandra api=1 name=attack version=1
-- match fails: did you mean 'tostring'?
return {match = function(cx, claim, nodes)
  tostrin(1)
  return nodes
end}
