--!chandra api=1 name=attack version=1
-- match fails: unknown global 'coroutine'
return {match = function(cx, claim, nodes)
  local _ = ("x"):gsub("x", function() return coroutine.running() end)
  return nodes
end}
