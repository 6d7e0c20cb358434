--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  local t = {a = 1, b = 2, c = 3}
  for k in pairs(t) do t[k] = nil; t[k .. "x"] = 1 end
  return nodes
end}
