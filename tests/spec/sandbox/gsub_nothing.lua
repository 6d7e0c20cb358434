--!chandra api=1 name=attack version=1
-- match fails: must be a string, table or function
return {match = function(cx, claim, nodes)
  local _ = ("x"):gsub("x")
  return nodes
end}
