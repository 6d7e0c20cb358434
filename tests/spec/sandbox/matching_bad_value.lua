--!chandra api=1 name=attack version=1
-- match fails: names and values must be strings
return {match = function(cx, claim, nodes)
  nodes:matching{zone = {}}
  return nodes
end}
