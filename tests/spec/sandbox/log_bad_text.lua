--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  chandra.log.error("a\nb\27[31m\xff" .. ("x"):rep(5000), nil, {}, print, nodes)
  return nodes
end}
