--!chandra api=1 name=attack version=1
-- match fails: nested too deep
return {match = function(cx, claim, nodes)
  local t = {}
  t.nodeSelectorTerms = t
  nodes:matching(t)
  return nodes
end}
