--!chandra api=1 name=attack version=1
-- match fails: hidden
return {match = function(cx, claim, nodes)
  error("attack.lua:1: hidden", 0)
  return nodes
end}
