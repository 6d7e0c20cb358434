--!chandra api=1 name=attack version=1
-- match fails: no member 'gsub'
return {match = function(cx, claim, nodes)
  local _ = ("x"):gsub("x", "y")
  return nodes
end}
