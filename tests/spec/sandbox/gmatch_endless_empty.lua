--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  local n = 0
  for _ in ("abc"):gmatch("") do n = n + 1 end
  assert(n == 4)
  return nodes
end}
