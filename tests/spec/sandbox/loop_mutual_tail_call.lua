--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local g
  local function f() return g() end
  g = function() return f() end
  f()
  return nodes
end}
