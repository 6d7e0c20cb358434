--!chandra api=1 name=attack version=1
-- score fails: got table
return {score = function(cx, pod, node)
  return node.name == "node-2" and {} or 1
end}
