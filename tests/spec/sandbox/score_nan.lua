--!chandra api=1 name=attack version=1
-- score fails: score gave NaN
return {score = function(cx, pod, node)
  return 0 / 0
end}
