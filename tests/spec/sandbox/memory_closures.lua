--!chandra api=1 name=attack version=1
-- match fails: over the limit of 16777216 bytes
return {match = function(cx, claim, nodes)
  local f
  while true do local g = f
    f = function() return g end
  end
  return nodes
end}
