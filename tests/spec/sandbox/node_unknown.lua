--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(cx:node("node-77") == nil and not nodes:has("node-77"))
  return nodes
end}
