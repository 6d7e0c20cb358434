--!chandra api=1 name=attack version=1
-- match fails: C stack overflow
return {match = function(cx, claim, nodes)
  local function f() table.sort({2, 1}, function() f() return true end) end
  f()
  return nodes
end}
