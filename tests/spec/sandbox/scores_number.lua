--!chandra api=1 name=attack version=1
-- score fails: scores must return a vector or a table
return {scores = function(cx, pod, nodes)
  return 1
end}
