--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  local t = {5, 4, 3, 2, 1}
  table.sort(t, function(a, b) t[1] = nil; t[9] = 1; return (a or 0) < (b or 0) end)
  return nodes
end}
