--!chandra api=1 name=attack version=1
-- match fails: malformed pattern: a set has no ]
return {match = function(cx, claim, nodes)
  local _ = ("x"):match("[a")
  return nodes
end}
