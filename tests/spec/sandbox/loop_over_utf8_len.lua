--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local a = ("a"):rep(200000)
  while true do utf8.len(a) end
  return nodes
end}
