--!chandra api=1 name=attack version=1
-- score fails: must be finite numbers
return {scores = function(cx, pod, nodes)
  return cx:spread(nodes, "zone", {a = 0/0, b = 1})
end}
