--!chandra api=1 name=attack version=1
-- match fails: pattern has no capture
return {match = function(cx, claim, nodes)
  local _ = ("x"):match("(x)%0")
  return nodes
end}
