--!chandra api=1 name=attack version=1
-- match fails: view used after its call; do not keep views
local kept, state
return {match = function(cx, claim, nodes)
  if kept then kept(state) end
  kept, state = nodes:each()
  return nodes
end}
