--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert((nodes - nodes):best(function() return 1 end) == nil)
  return nodes
end}
