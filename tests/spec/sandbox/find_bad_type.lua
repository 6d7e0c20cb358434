--!chandra api=1 name=attack version=1
-- match fails: field 'class' must be a string
return {match = function(cx, claim, nodes)
  cx:find_claims{class = 5}
  return nodes
end}
