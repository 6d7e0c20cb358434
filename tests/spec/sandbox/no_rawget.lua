--!chandra api=1 name=attack version=1
-- match fails: unknown global 'rawget'
return {match = function(cx, claim, nodes)
  rawget("x")
  return nodes
end}
