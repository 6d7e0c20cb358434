--!chandra api=1 name=attack version=1
-- match fails: bad argument
return {match = function(cx, claim, nodes)
  cx.note("x")
  return nodes
end}
