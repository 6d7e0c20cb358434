--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  for _ in pairs(string) do error("shown") end
  assert(rawlen(string) == 0 and rawequal(string, string))
  return nodes
end}
