--!chandra api=1 name=drain_zone version=1.0.0
-- drain_zone: nothing new goes to zone b; claims that are allocated there stay.
local P = {}

function P.match(cx, claim, nodes)
  if claim.allocated then return nodes end
  return cx:drop(nodes, function(node)
    return node.labels["topology.kubernetes.io/zone"] == "b"
  end, "zone b is being drained")
end

return P
