--!chandra api=1 name=sticky version=1.0.0
-- sticky: prefer the nodes where shareable claims of the same class already are, so that what they
-- stand for (a device, a loaded model) is shared instead of set up once more.
-- Reads: allocated claims of the pod's namespace: claim.shareable, node_bound, available_on.
local P = {}

-- The nodes where a shareable claim is allocated, of a class that the pod asks for.
local function shared_on(cx)
  local nodes = cx:nodes() - cx:nodes()
  for _, claim in ipairs(cx.claims) do
    local query = {class = claim.class_name, namespace = claim.namespace, allocated = true}
    for _, other in ipairs(cx:find_claims(query)) do
      if other.shareable and other.node_bound then
        nodes = nodes | other.available_on
      end
    end
  end
  return nodes
end

function P.scores(cx, _, nodes)
  local shared = shared_on(cx)
  return nodes:score(function(node)
    return shared:has(node) and 100 or 0
  end)
end

-- For hosts that leave the choice to the policy: the first such node by name; none: no opinion.
function P.suggest(cx, _, nodes)
  local best = (nodes & shared_on(cx)):first()
  return best and cx:sample(nodes, 128), best
end

-- Give back what nobody can share before what others may be waiting to share.
function P.release(_, _, claims)
  for _, claim in ipairs(claims) do
    if not claim.shareable then
      return claim
    end
  end
  return claims[1]
end

return P
