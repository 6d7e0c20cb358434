--!chandra api=1 name=attack version=1
-- match fails: '%p' is not offered
return {match = function(cx, claim, nodes)
  local _ = ("%p"):format({})
  return nodes
end}
