--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  cx:note(("\xc3\xa4"):rep(100000))
  return nodes
end}
