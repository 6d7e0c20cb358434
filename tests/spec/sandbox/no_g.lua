--!chandra api=1 name=attack version=1
-- match fails: unknown global '_G'
return {match = function(cx, claim, nodes)
  local _ = _G.x
  return nodes
end}
