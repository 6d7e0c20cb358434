--!chandra api=1 name=attack version=1
-- match fails: error object is a table value
return {match = function(cx, claim, nodes)
  local t = {}
  for i = 1, 20 do t[i] = ("x"):rep(200000) .. i end
  error(t)
  return nodes
end}
