--!chandra api=1 name=warm_claims version=1.0.0
-- warm_claims: prefer the nodes where claims of the same model are at work, since its data is there already.
--
-- The model of a claim is its label chandra.dev/model; claims from a template get it from the template's
-- metadata. Claims of other namespaces do not count: what they loaded may not be shared.
-- Unlike sticky.lua it goes by the label, not by the class, and claims need not be shareable.
-- Reads: labels of claims, claim.node_bound, claim.available_on of allocated claims.
local MODEL = "chandra.dev/model"
local P = {}

-- How many claims of the pod's models each node has.
local function warmth(cx, nodes)
  local sets = {}
  for _, claim in ipairs(cx.claims) do
    local model = claim.labels[MODEL]
    local query = {label = MODEL, value = model, namespace = claim.namespace, allocated = true}
    for _, other in ipairs(model and cx:find_claims(query) or {}) do
      sets[#sets + 1] = other.node_bound and other ~= claim and other.available_on or nil
    end
  end
  return nodes:score(function(node)
    local count = 0
    for _, set in ipairs(sets) do
      count = count + (set:has(node) and 1 or 0)
    end
    return count
  end)
end

-- 100 for the warmest of the nodes, 0 for a cold one.
function P.scores(cx, _, nodes)
  local counts = warmth(cx, nodes)
  local most = math.max(counts:max(nodes), 1)
  return nodes:score(function(node)
    return 100 * counts[node] / most
  end)
end

return P
