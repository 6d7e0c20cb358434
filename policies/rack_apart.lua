--!chandra api=1 name=rack_apart version=1.0.0
-- rack_apart: the pods of a group in different racks, so that one switch cannot take them all.
--
-- Pods of one namespace with the same label chandra.dev/apart-group are a group. The rack of a node is its
-- label topology.kubernetes.io/rack; a node without it shares its rack with nobody.
-- A group with more pods than there are racks waits: for a wish in place of a rule see spread.lua.
-- Reads: pod and node labels, pod.node_name, pod.status.phase of the group's pods.
local RACK = "topology.kubernetes.io/rack"
local GROUP = "chandra.dev/apart-group"
local ENDED = {Succeeded = true, Failed = true}
local P = {}

local function rack_of(node)
  return node.labels[RACK] or node.name
end

function P.match(cx, _, nodes)
  local group = cx.pod.labels[GROUP]
  for _, pod in ipairs(group and cx:find_pods{label = GROUP, value = group} or {}) do
    local node = pod ~= cx.pod and not ENDED[pod.status.phase] and pod.node_name and cx:node(pod.node_name)
    if node then
      local rack = rack_of(node)
      nodes = cx:drop(nodes, function(other) return rack_of(other) == rack end,
        "pod " .. pod.name .. " of the group runs in the rack")
    end
  end
  return nodes
end

return P
