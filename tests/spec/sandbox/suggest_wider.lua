--!chandra api=1 name=attack version=1
-- ok
return {suggest = function(cx, pod, nodes)
  return cx:nodes(), nodes:first()
end}
