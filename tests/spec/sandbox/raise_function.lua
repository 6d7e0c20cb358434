--!chandra api=1 name=attack version=1
-- match fails: error object is a function value
return {match = function(cx, claim, nodes)
  error(print)
  return nodes
end}
