--!chandra api=1 name=spread version=1.0.0
-- spread: prefer the nodes on which the fewest claims are allocated, so that no node carries them all.
-- Of equals the host chooses: always the first by name would be the opposite of spreading.
-- Reads: how many allocated claims each node has, of all classes (cx:count_claims).
local P = {}

-- 100 for the emptiest of the nodes, 0 for the fullest, evenly in between.
function P.scores(cx, _, nodes)
  local counts = cx:count_claims()
  local least = counts:min(nodes)
  local range = math.max(counts:max(nodes) - least, 1)
  return nodes:score(function(node)
    return 100 - 100 * (counts[node] - least) / range
  end)
end

return P
