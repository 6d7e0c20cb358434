--!chandra api=1 name=zone_affinity version=1.0.0
-- zone_affinity: all claims of a pod in one zone, and all pods of a group in that zone too.
--
-- The zone of a node is its label topology.kubernetes.io/zone; nodes without it are a zone of their own.
-- Pods with the same label chandra.dev/zone-group, in one namespace, are a group.
-- Reads: claim.allocated, claim.node_bound, claim.available_on, pod and node labels, pod.node_name.
local ZONE = "topology.kubernetes.io/zone"
local GROUP = "chandra.dev/zone-group"
local P = {}

local function zone_of(node)
  return node.labels[ZONE] or ""
end

-- Of `nodes`, those in a zone of one of `others`.
local function near(cx, nodes, others, reason)
  local zones = {}
  for node in others:each() do
    zones[zone_of(node)] = true
  end
  return cx:keep(nodes, function(node) return zones[zone_of(node)] end, reason)
end

function P.match(cx, claim, nodes)
  -- A claim that is allocated stays where it is; those that are not follow it.
  for _, other in ipairs(claim.allocated and {} or cx.claims) do
    if other.allocated and other.node_bound then
      nodes = near(cx, nodes, other.available_on, "claim " .. other.name .. " is in another zone")
    end
  end
  local group = cx.pod.labels[GROUP]
  for _, pod in ipairs(group and cx:find_pods{label = GROUP, value = group} or {}) do
    local node = pod ~= cx.pod and pod.node_name and cx:node(pod.node_name)
    if node then
      local zone = zone_of(node)
      nodes = cx:keep(nodes, function(other) return zone_of(other) == zone end,
        "pod " .. pod.name .. " of the group runs in another zone")
    end
  end
  return nodes
end

return P
