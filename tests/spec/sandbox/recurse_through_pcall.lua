--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  local function f() return pcall(f) end
  f()
  return nodes
end}
