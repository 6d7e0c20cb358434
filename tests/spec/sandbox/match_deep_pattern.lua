--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(("x"):rep(198):match(("x?"):rep(200)))
  return nodes
end}
