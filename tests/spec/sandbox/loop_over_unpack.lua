--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local t = {}
  while true do local _ = select("#", table.unpack(t, 1, 1000)) end
  return nodes
end}
