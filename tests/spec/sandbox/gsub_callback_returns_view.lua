--!chandra api=1 name=attack version=1
-- match fails: must be a string, got node
return {match = function(cx, claim, nodes)
  local _ = ("x"):gsub("x", function() return nodes:first() end)
  return nodes
end}
