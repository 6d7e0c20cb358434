--!chandra api=1 name=attack version=1
-- match fails: unknown global 'require'
return {match = function(cx, claim, nodes)
  require("x")
  return nodes
end}
