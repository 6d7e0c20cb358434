--!chandra api=1 name=attack version=1
-- match fails: C stack overflow
return {match = function(cx, claim, nodes)
  local function f() nodes:where(f) return true end
  f()
  return nodes
end}
