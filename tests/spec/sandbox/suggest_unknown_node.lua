--!chandra api=1 name=attack version=1
-- suggest fails: not one of the given nodes
return {suggest = function(cx, pod, nodes)
  return nodes, "node-77"
end}
