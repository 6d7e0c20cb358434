--!chandra api=1 name=avoid_draining version=1.0.0
-- avoid_draining: nothing new goes to a node that is being drained, and claims that nobody uses leave it.
--
-- A node is being drained while it has the label chandra.dev/draining, whatever its value:
--   kubectl label node node-7 chandra.dev/draining=
-- A claim that pods are using stays, and its other pods may follow it. One that nobody uses does not hold
-- its pod there: it is given back, and allocated anew elsewhere.
-- Reads: node labels, claim.allocated, claim.available_on, claim.reserved_for.
local DRAINING = "chandra.dev/draining"
local P = {}

local function draining(nodes)
  return nodes:where(function(node) return node.labels[DRAINING] end)
end

function P.match(cx, claim, nodes)
  if claim.allocated and #claim.reserved_for > 0 then
    return nodes
  end
  return cx:drop(nodes, draining(nodes), "node is being drained")
end

-- Give back first what is available on draining nodes alone.
function P.release(cx, _, claims)
  local leaving = draining(cx:nodes())
  for _, claim in ipairs(claims) do
    if claim.node_bound and claim.available_on <= leaving then
      return claim
    end
  end
end

return P
