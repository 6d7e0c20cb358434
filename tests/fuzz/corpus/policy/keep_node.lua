--!chandra api=1 name=attack version=1
-- match fails: view used after its call; do not keep views
local kept
return {match = function(cx, claim, nodes)
  if kept ~= nil then local _ = kept.name end
  kept = nodes:first()
  return nodes
end}
