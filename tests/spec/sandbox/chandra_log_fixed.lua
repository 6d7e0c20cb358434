--!chandra api=1 name=attack version=1
-- match fails: chandra.log is read-only
return {match = function(cx, claim, nodes)
  chandra.log.info = print
  return nodes
end}
