--!chandra api=1 name=attack version=1
-- ok
return {score = function(cx, pod, node)
  return -1e300
end}
