--!chandra api=1 name=gang_near version=1.0.0
-- gang_near: the members of a gang near each other: on one node, else in one rack, else in one zone.
--
-- Pods of one namespace with the same label scheduling.x-k8s.io/pod-group are a gang. The first member goes
-- to the rack with the most nodes for it, so that the others find room beside it.
-- It is a wish, not a rule: a member for which nothing is near goes far. Put zone_affinity.lua before it
-- where far is worse than waiting.
-- Reads: pod and node labels, pod.node_name of the gang's pods.
local GANG = "scheduling.x-k8s.io/pod-group"
-- From near to far, and what it is worth.
local LEVELS = {
  {label = "kubernetes.io/hostname", score = 100},
  {label = "topology.kubernetes.io/rack", score = 70},
  {label = "topology.kubernetes.io/zone", score = 40},
}
local RACK = LEVELS[2].label
local P = {}

-- The nodes of the members that have one already.
local function members(cx, gang)
  local nodes = {}
  for _, pod in ipairs(cx:find_pods{label = GANG, value = gang}) do
    nodes[#nodes + 1] = pod ~= cx.pod and pod.node_name and cx:node(pod.node_name) or nil
  end
  return nodes
end

local function nearness(a, b)
  for _, level in ipairs(LEVELS) do
    local value = a.labels[level.label]
    if value and value == b.labels[level.label] then
      return level.score
    end
  end
  return 0
end

-- For each node the share of `nodes` that is in its rack, 0 to 100.
local function room(nodes)
  local sizes = {}
  for node in nodes do
    local rack = node.labels[RACK] or node.name
    sizes[rack] = (sizes[rack] or 0) + 1
  end
  return nodes:score(function(node)
    return 100 * sizes[node.labels[RACK] or node.name] / #nodes
  end)
end

function P.scores(cx, pod, nodes)
  local gang = pod.labels[GANG]
  if not gang then
    return {}
  end
  local others = members(cx, gang)
  if #others == 0 then
    return room(nodes)
  end
  return nodes:score(function(node)
    local sum = 0
    for _, other in ipairs(others) do
      sum = sum + nearness(node, other)
    end
    return sum / #others
  end)
end

return P
