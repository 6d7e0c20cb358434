--!chandra api=1 name=attack version=1
-- match fails: attempt to index a nil value
return {match = function(cx, claim, nodes)
  local t
  local _ = t.x
  return nodes
end}
