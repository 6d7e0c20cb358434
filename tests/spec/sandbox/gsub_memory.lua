--!chandra api=1 name=attack version=1
-- match fails: over the limit
return {match = function(cx, claim, nodes)
  local big = ("y"):rep(200000)
  local _ = ("x"):rep(200000):gsub("x", big)
  return nodes
end}
