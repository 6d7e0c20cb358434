--!chandra api=1 name=attack version=1
-- match fails: utf8 is read-only
return {match = function(cx, claim, nodes)
  utf8.len = nil
  return nodes
end}
