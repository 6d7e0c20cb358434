--!chandra api=1 name=attack version=1
-- match fails: views are read-only
return {match = function(cx, claim, nodes)
  cx.pod.labels.app = "x"
  return nodes
end}
