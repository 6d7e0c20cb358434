--!chandra api=1 name=attack version=1
-- match fails: unknown global 'io'
return {match = function(cx, claim, nodes)
  local _ = io.x
  return nodes
end}
