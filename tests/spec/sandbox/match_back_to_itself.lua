--!chandra api=1 name=attack version=1
-- match fails: pattern has no capture %1
return {match = function(cx, claim, nodes)
  local _ = ("x"):match("(%1)")
  return nodes
end}
