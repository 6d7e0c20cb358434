--!chandra api=1 name=tenant_pools version=1.0.0
-- tenant_pools: each tenant on the nodes of its own; who has none shares the nodes that are nobody's.
--
-- A tenant is a namespace. A node says whose it is by its label chandra.dev/tenant.
-- It goes by the namespace because pods can label themselves as they like.
-- Reads: node labels, pod.namespace.
local TENANT = "chandra.dev/tenant"
local P = {}

function P.match(cx, _, nodes)
  local tenant = cx.pod.namespace
  local own = cx:nodes():matching{[TENANT] = tenant}
  if own:is_empty() then
    return cx:keep(nodes, function(node) return not node.labels[TENANT] end, "node belongs to a tenant")
  end
  return cx:keep(nodes, own, "node is outside the pool of tenant " .. tenant)
end

return P
