--!chandra api=1 name=attack version=1
-- match fails: stack overflow
return {match = function(cx, claim, nodes)
  local function f() return 1 + f() end
  while true do pcall(f) end
  return nodes
end}
