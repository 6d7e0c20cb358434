--!chandra api=1 name=attack version=1
-- match fails: a b
return {match = function(cx, claim, nodes)
  nodes:matching{["a b"] = "c"}
  return nodes
end}
