--!chandra api=1 name=attack version=1
-- match fails: node or its name expected
return {match = function(cx, claim, nodes)
  local _ = cx:claims_on()
  return nodes
end}
