--!chandra api=1 name=attack version=1
-- match fails: view used after its call; do not keep views
local kept
return {match = function(cx, claim, nodes)
  kept = kept or cx.claims
  local _ = kept[1].name
  return nodes
end}
