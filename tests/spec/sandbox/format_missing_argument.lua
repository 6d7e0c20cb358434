--!chandra api=1 name=attack version=1
-- match fails: no value
return {match = function(cx, claim, nodes)
  local _ = ("%d %d"):format(1)
  return nodes
end}
