--!chandra api=1 name=attack version=1
-- match fails: cannot write the global 'string'
return {match = function(cx, claim, nodes)
  string = {}
  return nodes
end}
