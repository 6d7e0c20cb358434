--!chandra api=1 name=attack version=1
-- score fails: nodes or their names as keys
return {scores = function(cx, pod, nodes)
  return {[1] = 5}
end}
