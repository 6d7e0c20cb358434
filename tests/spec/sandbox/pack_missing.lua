--!chandra api=1 name=attack version=1
-- match fails: no member 'pack'
return {match = function(cx, claim, nodes)
  string.pack("z", "x")
  return nodes
end}
