--!chandra api=1 name=attack version=1
-- match fails: attempt to call
return {match = function(cx, claim, nodes)
  claim()
  return nodes
end}
