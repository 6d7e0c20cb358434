--!chandra api=1 name=attack version=1
-- score fails: NaN
return {scores = function(cx, pod, nodes)
  return nodes:score(function() return 0 / 0 end)
end}
