--!chandra api=1 name=attack version=1
-- match fails: used after its call
local kept
return {match = function(cx, claim, nodes)
  kept = kept or cx:claims_on("node-1")
  local _ = kept[1].name
  return nodes
end}
