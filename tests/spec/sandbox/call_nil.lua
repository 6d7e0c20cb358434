--!chandra api=1 name=attack version=1
-- match fails: attempt to call a nil value
return {match = function(cx, claim, nodes)
  local f
  f()
  return nodes
end}
