--!chandra api=1 name=attack version=1
-- match fails: string is read-only
return {match = function(cx, claim, nodes)
  string.evil = print
  return nodes
end}
