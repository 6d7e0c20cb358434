--!chandra api=1 name=attack version=1
-- match fails: invalid conversion
return {match = function(cx, claim, nodes)
  local _ = ("%99999d"):format(1)
  return nodes
end}
