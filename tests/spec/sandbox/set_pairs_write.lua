--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  local set = chandra.set{"a", "b"}
  for name in pairs(set) do assert(set:has(name)) end
  assert(#set == 2)
  return nodes
end}
