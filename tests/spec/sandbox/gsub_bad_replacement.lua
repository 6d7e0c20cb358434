--!chandra api=1 name=attack version=1
-- match fails: the replacement has a % without a capture
return {match = function(cx, claim, nodes)
  local _ = ("x"):gsub("x", "%2")
  return nodes
end}
