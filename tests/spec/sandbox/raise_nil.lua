--!chandra api=1 name=attack version=1
-- match fails: error object is a nil value
return {match = function(cx, claim, nodes)
  error()
  return nodes
end}
