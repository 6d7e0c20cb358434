--!chandra api=1 name=attack version=1
-- suggest fails: got boolean
return {suggest = function(cx, pod, nodes)
  return nodes, true
end}
