--!chandra api=1 name=library version=1.0.0
-- library: the default policy's answers, by a Lua function that is asked for every node and claim and uses
-- what the library offers; what is about the whole cluster is asked once for each claim.
local P = {}

local ZONE = "topology.kubernetes.io/zone"
local slow = chandra.set{"tape", "floppy"}
local least = chandra.quantity.parse("1Gi")
local oldest = chandra.semver.parse("1.2.0")

local function survey(cx, claim, nodes)
  local counts = cx:count_claims(claim.class_name)
  local by_zone = cx:count_by(counts, ZONE)
  local scores = cx:spread(nodes, ZONE, by_zone)
  local packed = cx:pack(nodes, ZONE, cx:count_pods{label = "app", value = "x"})
  local first = nodes:first()
  local here = #cx:claims_on(first, claim.class_name) + #cx:domain(first, ZONE)
  local zones = chandra.sorted(chandra.keys(by_zone), function(zone) return by_zone[zone] end)
  chandra.log.debug(claim.name, #zones, here, scores:max(), packed:min())
  cx:note(claim.name, "looked at", #nodes, "nodes", (claim.created or 0) - cx:time())
  return (("%s/%s"):format(claim.namespace, claim.name):gsub("[^%w]", "-"))
end

function P.match(cx, claim, nodes)
  local text = survey(cx, claim, nodes)
  local is_small = chandra.quantity.parse("2Gi") < least or chandra.semver.parse("1.10.0") < oldest or text:match("^%-")
  local allocated, available = claim.allocated, claim.available_on
  local suitable, unsuitable = not allocated and claim.class.suitable, claim.unsuitable
  return cx:keep(nodes, function(node)
    if slow:has(node.labels.disk or "none") or is_small or not node.name:find("^node") then return false end
    if allocated then return available:has(node) end
    return suitable:has(node) and not unsuitable:has(node)
  end, "class, driver or allocation excludes the node")
end

return P
