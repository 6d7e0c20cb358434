--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  xpcall(error, function() error("again") end, "x")
  return nodes
end}
