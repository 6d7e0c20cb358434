--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(tostring({}) == "table" and tostring(print) == "function")
  return nodes
end}
