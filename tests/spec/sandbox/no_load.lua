--!chandra api=1 name=attack version=1
-- match fails: unknown global 'load'
return {match = function(cx, claim, nodes)
  load("x")
  return nodes
end}
