--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local a, b = ("x"):rep(200000) .. "1", ("x"):rep(200000) .. "1"
  local n = 0
  for _ = 1, 3000000 do if a == b then n = n + 1 end end
  return nodes
end}
