--!chandra api=1 name=attack version=1
-- match fails: unknown global 'coroutine'
return {match = function(cx, claim, nodes)
  local _ = coroutine.x
  return nodes
end}
