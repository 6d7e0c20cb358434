--!chandra api=1 name=attack version=1
-- match fails: xxxx
return {match = function(cx, claim, nodes)
  error(("x"):rep(100000))
  return nodes
end}
