--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  while true do local _ = ("abc"):gsub("%w", "%0%0") end
  return nodes
end}
