--!chandra api=1 name=attack version=1
-- match fails: must be a string, table or function, got node set
return {match = function(cx, claim, nodes)
  local _ = ("x"):gsub("x", nodes)
  return nodes
end}
