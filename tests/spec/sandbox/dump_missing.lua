--!chandra api=1 name=attack version=1
-- match fails: no member 'dump'
return {match = function(cx, claim, nodes)
  string.dump(print)
  return nodes
end}
