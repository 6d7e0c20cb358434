--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  local function f() error("x") end
  local function h() return f() end
  xpcall(f, h)
  return nodes
end}
