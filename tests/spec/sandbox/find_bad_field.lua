--!chandra api=1 name=attack version=1
-- match fails: did you mean 'class'?
return {match = function(cx, claim, nodes)
  cx:find_claims{clas = "gpu"}
  return nodes
end}
