--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(not utf8.len("\xff\xfe"))
  return nodes
end}
