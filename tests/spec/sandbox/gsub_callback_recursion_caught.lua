--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  local function again(s) return (s:gsub("x", again)) end
  assert(not pcall(again, "x"))
  return nodes
end}
