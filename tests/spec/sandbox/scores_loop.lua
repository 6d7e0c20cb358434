--!chandra api=1 name=attack version=1
-- score fails: over the limit of 2000000 instructions
return {scores = function(cx, pod, nodes)
  while true do end
end}
