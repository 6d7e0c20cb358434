--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(#cx:domain("nowhere", "zone") == 0)
  assert(#cx:domain("node-1", "nothing") == 0)
  return nodes
end}
