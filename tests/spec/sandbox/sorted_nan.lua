--!chandra api=1 name=attack version=1
-- match fails: a key is NaN
return {match = function(cx, claim, nodes)
  local _ = chandra.sorted({1}, function() return 0/0 end)
  return nodes
end}
