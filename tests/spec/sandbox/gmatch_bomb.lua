--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  for _ in ("a"):rep(3000):gmatch(("a-"):rep(8) .. "b") do end
  return nodes
end}
