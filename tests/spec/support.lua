-- support.lua: run a few lines as a hook of a policy, on a small cluster.
local testing = require "chandra.testing"

local support = {}

--- The text of a policy whose `hook`, with the named parameters, has this body.
function support.text(hook, parameters, body, options)
  options = options or {}
  return ("--!chandra api=1 name=%s version=%s\n%s\nlocal P = {}\nfunction P.%s(%s)\n%s\nend\nreturn P\n"):format(
    options.name or "test", options.version or "1", options.before or "", hook, parameters, body)
end

--- A policy in memory, for chandra.policy.
function support.source(...)
  return {name = "test.lua", text = support.text(...)}
end

--- Three nodes in two zones, two claims: one pending, one allocated on node-2, and a pod that uses both.
function support.world(policy, options)
  options = options or {}
  local world = testing.world{
    nodes = {["node-1"] = {zone = "a"}, ["node-2"] = {zone = "a", disk = "ssd"}, ["node-3"] = {zone = "b"}},
    classes = {gpu = {}, nic = {driverName = "nic.example.com"}},
    drivers = {
      {name = "gpu.example.com", node_local = true, shareable = true},
      {name = "nic.example.com", labels = {zone = "a"}, shareable = true},
    },
    policy = policy,
    failure_policy = options.failure_policy,
  }
  world:claim("pending", "gpu", nil, {app = "x", tier = "front"})
  world:claim("placed", "nic", {allocationMode = "Immediate"})
  world:pod("pod", {{claim = "pending"}, {claim = "placed"}}, {app = "x"})
  world:pod("peer", {}, {app = "x"})
  return world
end

--- Run `body` as match(cx, claim, nodes) for both claims; the answer of Filter and its removals.
function support.match(body)
  local world <close> = support.world({support.source("match", "cx, claim, nodes", body)})
  local cycle, answer = world:filter("pod")
  return answer, cycle:removals()
end

--- Whether `body`, which may assert as it likes, gets through as match().
function support.passes(body)
  local answer = support.match(body .. "\nreturn nodes")
  return answer.code == "Success", answer.reason
end

--- Assert that the function raises a message with this text, whose place counts too.
function support.raises(text, fn, ...)
  local is_fine, message = pcall(fn, ...)
  if is_fine or not tostring(message):find(text, 1, true) then
    error(("want an error with %q, got %s"):format(text, is_fine and "none" or message), 2)
  end
end

return support
