--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  local none = nodes:matching{nodeSelectorTerms = {}}
  assert(#none <= #nodes)
  return nodes
end}
