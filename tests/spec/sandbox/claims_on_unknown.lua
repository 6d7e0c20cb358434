--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(#cx:claims_on("nowhere") == 0)
  return nodes
end}
