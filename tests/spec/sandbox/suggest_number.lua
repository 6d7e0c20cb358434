--!chandra api=1 name=attack version=1
-- suggest fails: suggest must return a node set and a node, each or nil, got number
return {suggest = function(cx, pod, nodes)
  return 5
end}
