--!chandra api=1 name=attack version=1
-- match fails: ??
return {match = function(cx, claim, nodes)
  error("\xff\xfe")
  return nodes
end}
