--!chandra api=1 name=attack version=1
-- match fails: did you mean 'where'?
return {match = function(cx, claim, nodes)
  nodes:were(print)
  return nodes
end}
