--!chandra api=1 name=attack version=1
-- match fails: over the limit of 16777216 bytes
return {match = function(cx, claim, nodes)
  local function f(...) return 1 + f(1, ...) end
  f()
  return nodes
end}
