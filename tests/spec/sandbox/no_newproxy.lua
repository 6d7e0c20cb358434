--!chandra api=1 name=attack version=1
-- match fails: unknown global 'newproxy'
return {match = function(cx, claim, nodes)
  newproxy("x")
  return nodes
end}
