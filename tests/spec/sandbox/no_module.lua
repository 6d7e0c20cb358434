--!chandra api=1 name=attack version=1
-- match fails: unknown global 'module'
return {match = function(cx, claim, nodes)
  module("x")
  return nodes
end}
