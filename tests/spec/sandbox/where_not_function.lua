--!chandra api=1 name=attack version=1
-- match fails: function expected
return {match = function(cx, claim, nodes)
  nodes:where("zone")
  return nodes
end}
