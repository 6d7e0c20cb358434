--!chandra api=1 name=attack version=1
-- match fails: unknown global 'debug'
return {match = function(cx, claim, nodes)
  local _ = debug.x
  return nodes
end}
