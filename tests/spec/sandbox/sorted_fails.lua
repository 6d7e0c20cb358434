--!chandra api=1 name=attack version=1
-- match fails: boom
return {match = function(cx, claim, nodes)
  local _ = chandra.sorted({1}, function() error("boom") end)
  return nodes
end}
