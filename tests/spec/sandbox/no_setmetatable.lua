--!chandra api=1 name=attack version=1
-- match fails: unknown global 'setmetatable'
return {match = function(cx, claim, nodes)
  setmetatable("x")
  return nodes
end}
