--!chandra api=1 name=attack version=1
-- match fails: no member 'randomseed'
return {match = function(cx, claim, nodes)
  math.randomseed(1)
  return nodes
end}
