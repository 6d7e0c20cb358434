--!chandra api=1 name=placement_by_class version=1.0.0
-- placement_by_class: the claims of some classes are spread over the nodes, those of others are packed.
--
-- A class says which by its label chandra.dev/placement, "spread" or "pack"; one without it has no say.
-- Reads: class.labels, and how many allocated claims of the class each node has (cx:count_claims).
local PLACEMENT = "chandra.dev/placement"
local P = {}

-- 100 for the node with the most claims of the class, 0 for that with the fewest; none when all are equal.
local function packed(counts, nodes)
  local least = counts:min(nodes)
  local range = counts:max(nodes) - least
  return range > 0 and nodes:score(function(node)
    return 100 * (counts[node] - least) / range
  end)
end

-- One vector for each class of the pod that says how it wants to be placed.
local function opinions(cx, nodes)
  local result, seen = {}, {}
  for _, claim in ipairs(cx.claims) do
    local wanted = claim.class and claim.class.labels[PLACEMENT]
    if wanted and not seen[claim.class_name] then
      seen[claim.class_name] = true
      local vector = packed(cx:count_claims(claim.class_name), nodes)
      if vector then
        result[#result + 1] = {vector = vector, is_packed = wanted == "pack"}
      end
    end
  end
  return result
end

function P.scores(cx, _, nodes)
  local all = opinions(cx, nodes)
  return nodes:score(function(node)
    local sum = 0
    for _, opinion in ipairs(all) do
      sum = sum + (opinion.is_packed and opinion.vector[node] or 100 - opinion.vector[node])
    end
    return sum / math.max(#all, 1)
  end)
end

return P
