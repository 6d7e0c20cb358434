--!chandra api=1 name=attack version=1
-- match fails: cannot write the global 'count'
return {match = function(cx, claim, nodes)
  count = 1
  return nodes
end}
