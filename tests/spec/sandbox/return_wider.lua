--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  if true then return cx:nodes() end
  return nodes
end}
