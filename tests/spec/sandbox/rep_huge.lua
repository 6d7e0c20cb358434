--!chandra api=1 name=attack version=1
-- match fails: longer than 262144 bytes
return {match = function(cx, claim, nodes)
  local _ = ("x"):rep(1 << 30)
  return nodes
end}
