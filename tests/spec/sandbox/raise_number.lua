--!chandra api=1 name=attack version=1
-- match fails: 42
return {match = function(cx, claim, nodes)
  error(42)
  return nodes
end}
