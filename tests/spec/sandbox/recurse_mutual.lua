--!chandra api=1 name=attack version=1
-- match fails: stack overflow
return {match = function(cx, claim, nodes)
  local g
  local function f() return 1 + g() end
  g = function() return 1 + f() end
  f()
  return nodes
end}
