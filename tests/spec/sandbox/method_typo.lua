--!chandra api=1 name=attack version=1
-- match fails: did you mean 'keep'?
return {match = function(cx, claim, nodes)
  cx:kep(nodes)
  return nodes
end}
