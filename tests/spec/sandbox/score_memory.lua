--!chandra api=1 name=attack version=1
-- score fails: over the limit of 16777216 bytes
return {score = function(cx, pod, node)
  local t = {}
  while true do t[#t + 1] = {node} end
end}
