--!chandra api=1 name=attack version=1
-- match fails: unknown global 'collectgarbage'
return {match = function(cx, claim, nodes)
  collectgarbage("x")
  return nodes
end}
