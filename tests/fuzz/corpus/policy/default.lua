--!chandra api=1 name=default version=1.0.0
-- default: decides as kube-scheduler's own plugin does.
-- Reads: claim.allocated, claim.available_on, claim.class.suitable, claim.unsuitable.
local P = {}

-- An allocated claim binds the pod to where it is; for any other, class and driver may exclude nodes.
function P.match(cx, claim, nodes)
  if claim.allocated then
    return cx:keep(nodes, claim.available_on, "claim is allocated elsewhere")
  end
  nodes = cx:keep(nodes, claim.class.suitable, "class excludes the node")
  return cx:drop(nodes, claim.unsuitable, "driver calls the node unsuitable")
end

-- Publish all feasible nodes, by chance 128 of them when there are more; select whatever the host does.
function P.suggest(cx, _, nodes)
  return cx:sample(nodes, 128)
end

-- Give back any one of the claims that keep the pod from every node.
function P.release(cx, _, claims)
  return claims[cx:random(#claims)]
end

return P
