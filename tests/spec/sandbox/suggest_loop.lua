--!chandra api=1 name=attack version=1
-- suggest fails: over the limit of 2000000 instructions
return {suggest = function(cx, pod, nodes)
  while true do end
end}
