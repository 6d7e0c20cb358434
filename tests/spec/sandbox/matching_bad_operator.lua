--!chandra api=1 name=attack version=1
-- match fails: Near
return {match = function(cx, claim, nodes)
  nodes:matching{nodeSelectorTerms = {{matchExpressions = {{key = "zone", operator = "Near"}}}}}
  return nodes
end}
