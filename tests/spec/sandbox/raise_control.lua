--!chandra api=1 name=attack version=1
-- match fails: a b
return {match = function(cx, claim, nodes)
  error("a\nb\27[31m")
  return nodes
end}
