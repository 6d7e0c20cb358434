--!chandra api=1 name=attack version=1
-- match fails: C stack overflow
return {match = function(cx, claim, nodes)
  local function f() cx:keep(nodes, f, "x") return true end
  f()
  return nodes
end}
