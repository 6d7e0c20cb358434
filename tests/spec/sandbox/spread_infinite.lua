--!chandra api=1 name=attack version=1
-- score fails: must be finite numbers
return {scores = function(cx, pod, nodes)
  return cx:spread(nodes, "zone", {a = math.huge, b = -math.huge})
end}
