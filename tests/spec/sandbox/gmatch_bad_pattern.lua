--!chandra api=1 name=attack version=1
-- match fails: no member 'gmatch'
return {match = function(cx, claim, nodes)
  local _ = ("x"):gmatch("x")
  return nodes
end}
