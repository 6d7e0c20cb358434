--!chandra api=1 name=attack version=1
-- match fails: math is read-only
return {match = function(cx, claim, nodes)
  math.random = function() return 4 end
  return nodes
end}
