--!chandra api=1 name=binpack version=1.0.0
-- binpack: prefer the nodes on which the most claims are allocated, so that others stay free for pods
-- that need a whole node.
-- Reads: how many allocated claims of the pod's classes each node has (cx:count_claims).
local P = {}

-- A function from nodes to how many claims they have of the classes that the pod asks for.
local function counter(cx)
  local counts, seen = {}, {}
  for _, claim in ipairs(cx.claims) do
    if not seen[claim.class_name] then
      seen[claim.class_name] = true
      counts[#counts + 1] = cx:count_claims(claim.class_name)
    end
  end
  return function(node)
    local sum = 0
    for _, count in ipairs(counts) do
      sum = sum + count[node]
    end
    return sum
  end
end

-- 100 for the fullest of the nodes, 0 for an empty one.
function P.scores(cx, _, nodes)
  local counts = nodes:score(counter(cx))
  local most = math.max(counts:max(nodes), 1)
  return nodes:score(function(node)
    return 100 * counts[node] / most
  end)
end

-- For hosts that leave the choice to the policy: the fullest node, of equals the first by name.
function P.suggest(cx, _, nodes)
  return cx:sample(nodes, 128), nodes:best(counter(cx))
end

return P
