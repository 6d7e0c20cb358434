--!chandra api=1 name=attack version=1
-- match fails: unknown global 'os'
return {match = function(cx, claim, nodes)
  local _ = os.x
  return nodes
end}
