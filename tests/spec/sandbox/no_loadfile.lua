--!chandra api=1 name=attack version=1
-- match fails: unknown global 'loadfile'
return {match = function(cx, claim, nodes)
  loadfile("x")
  return nodes
end}
