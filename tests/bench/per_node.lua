--!chandra api=1 name=per_node version=1.0.0
-- per_node: the default policy's answers, but by a Lua function that is asked for every node and claim.
-- Reads: claim.allocated, claim.available_on, claim.class.suitable, claim.unsuitable.
local P = {}

function P.match(cx, claim, nodes)
  if claim.allocated then
    local available = claim.available_on
    return cx:keep(nodes, function(node) return available:has(node) end, "claim is allocated elsewhere")
  end
  local suitable, unsuitable = claim.class.suitable, claim.unsuitable
  return cx:keep(nodes, function(node)
    return suitable:has(node) and not unsuitable:has(node)
  end, "class or driver excludes the node")
end

return P
