--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  cx:note("a\nb\27[31m\xff", nil, {}, print)
  return nodes
end}
