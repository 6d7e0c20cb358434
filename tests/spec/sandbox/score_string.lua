--!chandra api=1 name=attack version=1
-- score fails: score must return a number for each node, got string
return {score = function(cx, pod, node)
  return "100"
end}
