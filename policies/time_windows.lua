--!chandra api=1 name=time_windows version=1.0.0
-- time_windows: nodes that take new claims at certain hours only, such as workstations at night.
--
-- A node says when by its label chandra.dev/hours, FROM-TO in hours of UTC: "20-6" is from 20:00 until
-- before 06:00. A node without it is always open; one with anything else in it is never.
-- A claim that is allocated stays when its node closes. A pod that waits for a node to open is tried again
-- when something changes in the cluster, or by the host's own clock (chandra schedule: every 5 minutes).
-- Reads: node labels, cx:time(), claim.allocated.
local HOURS = "chandra.dev/hours"
local P = {}

local function parse(text)
  local parts = text:split("-")
  local from, to = math.tointeger(tonumber(parts[1])), math.tointeger(tonumber(parts[2] or ""))
  if #parts == 2 and from and to and from >= 0 and from < 24 and to >= 0 and to <= 24 then
    return from, to
  end
end

local function is_open(node, hour)
  local text = node.labels[HOURS]
  if not text then
    return true
  end
  local from, to = parse(text)
  if not from then
    return false
  elseif from <= to then
    return hour >= from and hour < to
  end
  return hour >= from or hour < to
end

function P.match(cx, claim, nodes)
  if claim.allocated then
    return nodes
  end
  local hour = cx:time() // 3600 % 24
  return cx:keep(nodes, function(node) return is_open(node, hour) end,
    ("node is closed at %02d:00 UTC"):format(hour))
end

return P
