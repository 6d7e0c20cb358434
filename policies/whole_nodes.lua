--!chandra api=1 name=whole_nodes version=1.0.0
-- whole_nodes: small requests share nodes, so that large ones find all devices of a node free.
--
-- The classes of small requests have the label chandra.dev/size: small (a slice, one of eight devices); all
-- other classes are large. A node without any allocated claim is whole. Small requests go to nodes that are
-- broken into already, fullest first, and leave KEEP whole nodes alone even when they must wait.
-- Reads: class.labels, and how many allocated claims each node has (cx:count_claims).
local SIZE = "chandra.dev/size"
local KEEP = 1
local P = {}

local function is_small(claim)
  return claim.class ~= nil and claim.class.labels[SIZE] == "small"
end

function P.match(cx, claim, nodes)
  if claim.allocated or not is_small(claim) then
    return nodes
  end
  local counts = cx:count_claims()
  local whole = cx:nodes():where(function(node) return counts[node] == 0 end)
  if #whole > KEEP then
    return nodes
  end
  return cx:drop(nodes, whole, "node is kept whole for large requests")
end

-- Small: 100 for the fullest node. Large: 100 for whole nodes.
function P.scores(cx, _, nodes)
  local counts = cx:count_claims()
  local most = math.max(counts:max(nodes), 1)
  local small = true
  for _, claim in ipairs(cx.claims) do
    small = small and is_small(claim)
  end
  return nodes:score(function(node)
    local used = 100 * counts[node] / most
    return small and used or 100 - used
  end)
end

return P
