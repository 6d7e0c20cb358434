--!chandra api=1 name=attack version=1
-- match fails: error object is a table value
return {match = function(cx, claim, nodes)
  error{code = 1}
  return nodes
end}
