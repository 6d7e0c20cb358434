--!chandra api=1 name=attack version=1
-- score fails: must return a number
return {scores = function(cx, pod, nodes)
  return nodes:score(function() return "x" end)
end}
