--!chandra api=1 name=attack version=1
-- score fails: got node set
return {scores = function(cx, pod, nodes)
  return nodes
end}
