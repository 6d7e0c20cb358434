--!chandra api=1 name=attack version=1
-- match fails: malformed pattern: ) without (
return {match = function(cx, claim, nodes)
  local _ = ("x"):match("x)")
  return nodes
end}
