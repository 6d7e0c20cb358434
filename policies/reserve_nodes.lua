--!chandra api=1 name=reserve_nodes version=1.0.0
-- reserve_nodes: keep nodes for the pods that use a class, and send these pods there first.
--
-- A node says for which class it is kept by its label chandra.dev/reserved-for; one without it is for all.
-- Reads: node labels, claim.class_name of the pod's claims, claim.allocated.
local RESERVED = "chandra.dev/reserved-for"
local P = {}

local function classes_of(cx)
  local classes = {}
  for _, claim in ipairs(cx.claims) do
    classes[claim.class_name] = true
  end
  return classes
end

-- A claim that is allocated stays where it is: its pod may follow it to a node that was reserved later.
function P.match(cx, claim, nodes)
  if claim.allocated then
    return nodes
  end
  local classes = classes_of(cx)
  return cx:keep(nodes, function(node)
    local class = node.labels[RESERVED]
    return not class or classes[class]
  end, "node is reserved for another class")
end

function P.scores(cx, _, nodes)
  local classes = classes_of(cx)
  return nodes:score(function(node)
    local class = node.labels[RESERVED]
    return class and classes[class] and 100 or 0
  end)
end

return P
