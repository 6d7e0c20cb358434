--!chandra api=1 name=attack version=1
-- ok
return {scores = function(cx, pod, nodes)
  return {["node-77"] = 5}
end}
