--!chandra api=1 name=attack version=1
-- match fails: cannot set cx.pod
return {match = function(cx, claim, nodes)
  cx.pod = nil
  return nodes
end}
