--!chandra api=1 name=attack version=1
-- match fails: over the limit of 2000000 instructions
return {match = function(cx, claim, nodes)
  local text = ("("):rep(200000)
  local _ = text:match("%b()")
  return nodes
end}
