--!chandra api=1 name=attack version=1
-- match fails: unknown global 'getmetatable'
return {match = function(cx, claim, nodes)
  getmetatable("").__index.rep = nil
  return nodes
end}
