-- chandra.testing: what the spec of a policy needs: a cluster from a few lines, and a small scheduler.
--
--   local testing = require "chandra.testing"
--   local world <close> = testing.world{nodes = {"node-1", "node-2"}, policy = "policies/spread.lua"}
--   world:pod("trainer", {"gpu"})
--   assert.equal("node-1", world:run()["default/trainer"].node)
local chandra = require "chandra"

local testing = {}
local World = {}
World.__index = World

local RESOURCE = "resource.k8s.io/v1alpha2"
-- Virtual time after which nothing is expected to move any more: drivers try again and again.
local PATIENCE_MS = 60000

-- Names of a list, or of what maps names to labels.
local function node_object(key, value)
  local name = type(key) == "number" and value or key
  local labels = {["kubernetes.io/hostname"] = name}
  for label, text in pairs(type(value) == "table" and value or {}) do
    labels[label] = text
  end
  return {apiVersion = "v1", kind = "Node", metadata = {name = name, labels = labels}}
end

--- A cluster with an engine.
-- @param options table: `nodes` ({"name", ...} or {name = {label = value}}), `classes` ({name = class
--   fields}; default {gpu = {}}), `drivers` (array for cluster:add_driver; default one that is
--   node-local, shareable and unlimited), `policy`, `failure_policy`, `seed`, `wall_time` (seconds since 1970 when it
--   begins)
function testing.world(options)
  local cluster = chandra.cluster{seed = options.seed, wall_time = options.wall_time}
  local self = setmetatable({cluster = cluster}, World)
  for key, value in pairs(options.nodes or {}) do
    cluster:load(node_object(key, value))
  end
  for name, fields in pairs(options.classes or {gpu = {}}) do
    local class = {apiVersion = RESOURCE, kind = "ResourceClass", metadata = {name = name},
      driverName = "gpu.example.com"}
    for field, value in pairs(fields) do
      class[field] = value
    end
    cluster:load(class)
  end
  local driver = {name = "gpu.example.com", node_local = true, shareable = true}
  for _, each in ipairs(options.drivers or {driver}) do
    cluster:add_driver(each)
  end
  cluster:add_default_drivers()
  self.engine = cluster:engine{policy = options.policy, failure_policy = options.failure_policy}
  cluster:settle()
  return self
end

function World:close()
  self.cluster:close()
end
World.__close = World.close

--- Add a claim; `fields` go over its spec, `labels` on it.
function World:claim(name, class, fields, labels)
  local spec = {resourceClassName = class or "gpu"}
  for field, value in pairs(fields or {}) do
    spec[field] = value
  end
  self.cluster:load{apiVersion = RESOURCE, kind = "ResourceClaim", spec = spec,
    metadata = {name = name, namespace = "default", labels = labels}}
  return self
end

--- Add a pod that uses claims: names of classes (a claim of its own from a template) or
-- {claim = name} for one that exists.
function World:pod(name, uses, labels)
  local entries = chandra.array{}
  for i, use in ipairs(uses) do
    local source = {resourceClaimName = use.claim}
    if type(use) == "string" then
      self.cluster:load{apiVersion = RESOURCE, kind = "ResourceClaimTemplate",
        metadata = {name = use, namespace = "default"}, spec = {spec = {resourceClassName = use}}}
      source = {resourceClaimTemplateName = use}
    end
    entries[i] = {name = "claim-" .. i, source = source}
  end
  self.cluster:load{apiVersion = "v1", kind = "Pod",
    metadata = {name = name, namespace = "default", labels = labels},
    spec = {containers = {{name = "main", image = "main"}}, resourceClaims = entries}}
  return self
end

-- The node with the highest score; of equals the one that the policy suggests, else the first.
local function pick(cycle, nodes)
  local suggested = cycle:suggested()
  local answer = #nodes > 1 and cycle:score() or {}
  if answer.code == "Error" then
    return nil, answer
  end
  local scores, best = answer.scores or {}, suggested or nodes[1]
  for _, node in ipairs(nodes) do
    if (scores[node] or 0) > (scores[best] or 0) then
      best = node
    end
  end
  return best
end

-- Why Filter left none: how many nodes were removed, for which claim and by which rule.
local function why_none(cycle)
  local parts = {}
  for _, removal in ipairs(cycle:removals()) do
    parts[#parts + 1] = ("%d by claim %s: %s"):format(#removal.nodes, removal.claim, removal.rule)
  end
  return "no node is left; " .. table.concat(parts, "; ")
end

-- Go through the extension points; the last answer, and the node when the pod was bound to it.
local function attempt(cluster, cycle, namespace, name)
  local answer = cycle:pre_filter()
  local nodes = {}
  if answer.code == "Success" or answer.code == "Skip" then
    answer = cycle:filter_all()
    nodes = answer.nodes
  end
  if answer.code == "Error" then
    return answer
  elseif #nodes == 0 then
    local why = answer.code == "Success" and {code = "Unschedulable", reason = why_none(cycle)}
    cycle:post_filter()
    return why or answer
  end
  if #nodes > 1 then
    answer = cycle:pre_score()
    if answer.code == "Error" then
      return answer
    end
  end
  local node, failure = pick(cycle, nodes)
  if not node then
    return failure
  end
  answer = cycle:reserve(node)
  if answer.code == "Success" then
    answer = cycle:pre_bind(node)
  end
  if answer.code ~= "Success" then
    cycle:unreserve(node)
    return answer
  end
  cluster:request("POST", ("/api/v1/namespaces/%s/pods/%s/binding"):format(namespace, name),
    {apiVersion = "v1", kind = "Binding", metadata = {name = name, namespace = namespace},
      target = {apiVersion = "v1", kind = "Node", name = node}})
  cycle:post_bind(node)
  return answer, node
end

--- One attempt of one pod: its last answer, and its node or nil.
function testing.try(cluster, engine, namespace, name)
  local answer = engine:pre_enqueue(namespace, name)
  if answer.code ~= "Success" then
    return answer
  end
  local cycle <close> = engine:cycle(namespace, name)
  return attempt(cluster, cycle, namespace, name)
end

local function round(cluster, engine, placements)
  local has_moved = false
  for _, pod in ipairs(cluster:list("Pod")) do
    local namespace, name = pod.metadata.namespace, pod.metadata.name
    local key = namespace .. "/" .. name
    if pod.spec.nodeName then
      placements[key] = placements[key] or {}
      placements[key].node = pod.spec.nodeName
    else
      local answer, node = testing.try(cluster, engine, namespace, name)
      placements[key] = {node = node, code = answer.code, reason = answer.reason}
      has_moved = cluster:settle() or has_moved
    end
  end
  return has_moved
end

--- Schedule all pods until nothing moves.
-- @return {["namespace/name"] = {node = name or nil, code = and reason = of the last attempt}}
function testing.run(cluster, engine)
  local placements = {}
  cluster:settle()
  local moved_ms = cluster:now()
  repeat
    local has_moved = round(cluster, engine, placements)
    local due = cluster:next_due()
    if has_moved then
      moved_ms = cluster:now()
    elseif due then
      cluster:advance(math.max(due - cluster:now(), 0))
      cluster:settle()
    end
  until not has_moved and (not due or cluster:now() - moved_ms > PATIENCE_MS)
  return placements
end

function World:run()
  return testing.run(self.cluster, self.engine)
end

--- A cycle of a pod that has been through PreFilter and Filter, and what Filter left.
function World:filter(name)
  self.cluster:settle()
  local cycle = self.engine:cycle("default", name)
  cycle:pre_filter()
  return cycle, cycle:filter_all()
end

return testing
