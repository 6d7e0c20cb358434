--!chandra api=1 name=attack version=1
-- match fails: invalid UTF-8
return {match = function(cx, claim, nodes)
  for _ in utf8.codes("\xff") do end
  return nodes
end}
