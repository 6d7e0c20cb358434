--!chandra api=1 name=attack version=1
-- match fails: unknown global 'rawset'
return {match = function(cx, claim, nodes)
  rawset("x")
  return nodes
end}
