--!chandra api=1 name=attack version=1
-- match fails: %f needs a set
return {match = function(cx, claim, nodes)
  local _ = ("x"):match("%fa")
  return nodes
end}
