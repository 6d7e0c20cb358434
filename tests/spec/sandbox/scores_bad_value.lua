--!chandra api=1 name=attack version=1
-- score fails: got string
return {scores = function(cx, pod, nodes)
  return {["node-1"] = "x"}
end}
