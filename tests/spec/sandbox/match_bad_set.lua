--!chandra api=1 name=attack version=1
-- match fails: no member 'match'
return {match = function(cx, claim, nodes)
  local _ = ("x"):match("x")
  return nodes
end}
