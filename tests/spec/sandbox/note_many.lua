--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  for i = 1, 1000 do cx:note("note", i) end
  return nodes
end}
