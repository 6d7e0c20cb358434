--!chandra api=1 name=attack version=1
-- match fails: unknown global 'package'
return {match = function(cx, claim, nodes)
  local _ = package.x
  return nodes
end}
