--!chandra api=1 name=attack version=1
-- match fails: %b needs two characters
return {match = function(cx, claim, nodes)
  local _ = ("x"):match("%bx")
  return nodes
end}
