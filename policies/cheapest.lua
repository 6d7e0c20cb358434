--!chandra api=1 name=cheapest version=1.0.0
-- cheapest: prefer the nodes that cost the least.
--
-- What a node costs is its label chandra.dev/cost, a number in any unit (price of an hour, watts); a node
-- without it, or with something else in it, counts as the dearest.
-- Reads: node labels.
local COST = "chandra.dev/cost"
local P = {}

local function cost_of(node)
  return tonumber(node.labels[COST])
end

-- The least and the greatest cost of the nodes that have one; nil and nil for none.
local function range_of(nodes)
  local least, most
  for node in nodes do
    local cost = cost_of(node)
    least = cost and math.min(least or cost, cost) or least
    most = cost and math.max(most or cost, cost) or most
  end
  return least, most
end

-- 100 for the cheapest of the nodes, 0 for the dearest, evenly in between.
function P.scores(_, _, nodes)
  local least, most = range_of(nodes)
  return nodes:score(function(node)
    local cost = cost_of(node)
    if not cost then
      return 0
    end
    return most > least and 100 * (most - cost) / (most - least) or 100
  end)
end

return P
