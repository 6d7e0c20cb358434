--!chandra api=1 name=attack version=1
-- match fails: boom
return {match = function(cx, claim, nodes)
  local _ = ("x"):gsub("x", function() error("boom") end)
  return nodes
end}
