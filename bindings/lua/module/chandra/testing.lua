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

-- Arguments are checked where the spec calls. `type_name` ends in ? for one that may be left out.
local function expect(method, number, name, value, type_name)
  local wanted, mark = type_name:match("^(%a+)(%??)$")
  if type(value) == wanted or (value == nil and mark == "?") then
    return
  end
  local got = value == nil and "nothing" or type(value)
  error(("bad argument #%d to '%s' (%s: want a %s, got %s)"):format(number, method, name, wanted, got), 3)
end

-- Letters to add, drop or change to come from one word to the other.
local function distance(a, b)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local corner = row[0]
    row[0] = i
    for j = 1, #b do
      local change = corner + (a:byte(i) == b:byte(j) and 0 or 1)
      corner = row[j]
      row[j] = math.min(change, row[j] + 1, row[j - 1] + 1)
    end
  end
  return row[#b]
end

local function nearest(word, names)
  local best, least
  for _, name in ipairs(names) do
    local steps = distance(word, name)
    if steps <= #name // 3 + 1 and (not least or steps < least) then
      best, least = name, steps
    end
  end
  return best
end

local OPTIONS = {"classes", "drivers", "failure_policy", "nodes", "policy", "seed", "wall_time"}

local function expect_options(options)
  local known = {}
  for _, name in ipairs(OPTIONS) do
    known[name] = true
  end
  for name in pairs(options) do
    if not known[name] then
      local near = nearest(tostring(name), OPTIONS)
      error(("unknown option '%s'%s"):format(name, near and ("; did you mean '%s'?"):format(near) or ""), 3)
    end
  end
  for _, name in ipairs{"nodes", "classes", "drivers"} do
    local value = options[name]
    if value ~= nil and type(value) ~= "table" then
      error(("option '%s': want a table, got %s"):format(name, type(value)), 3)
    end
  end
end

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
  expect("world", 1, "options", options, "table")
  expect_options(options)
  local cluster = chandra.cluster{seed = options.seed, wall_time = options.wall_time}
  local self = setmetatable({cluster = cluster, placements = {}}, World)
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
  expect("claim", 1, "name", name, "string")
  expect("claim", 2, "class", class, "string?")
  expect("claim", 3, "fields", fields, "table?")
  expect("claim", 4, "labels", labels, "table?")
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
  expect("pod", 1, "name", name, "string")
  expect("pod", 2, "uses", uses, "table")
  expect("pod", 3, "labels", labels, "table?")
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
local function pick(cycle, nodes, detail)
  local suggested = cycle:suggested()
  local answer = #nodes > 1 and cycle:score() or {}
  detail.suggested, detail.scores = suggested, answer.scores
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

-- Go through the extension points; the last answer, and the node when the pod was bound to it. `detail` gets
-- what the decision rests on.
local function attempt(cluster, cycle, namespace, name, detail)
  local answer = cycle:pre_filter()
  local nodes = {}
  if answer.code == "Success" or answer.code == "Skip" then
    answer = cycle:filter_all()
    nodes = answer.nodes
    detail.nodes, detail.removed = nodes, cycle:removals()
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
  local node, failure = pick(cycle, nodes, detail)
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

--- One attempt of one pod: its last answer, and its node or nil. `detail`, which may be left out, is a table that
-- gets `nodes` (what Filter left), `removed` (see cycle:removals()), `scores` and `suggested`.
function testing.try(cluster, engine, namespace, name, detail)
  expect("try", 3, "namespace", namespace, "string")
  expect("try", 4, "name", name, "string")
  expect("try", 5, "detail", detail, "table?")
  local answer = engine:pre_enqueue(namespace, name)
  if answer.code ~= "Success" then
    return answer
  end
  local cycle <close> = engine:cycle(namespace, name)
  return attempt(cluster, cycle, namespace, name, detail or {})
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
      local placement = {}
      local answer, node = testing.try(cluster, engine, namespace, name, placement)
      placement.node, placement.code, placement.reason = node, answer.code, answer.reason
      -- An attempt with one node left, where the claim is, has nothing to compare.
      placement.scores = placement.scores or (placements[key] or {}).scores
      placements[key] = placement
      has_moved = cluster:settle() or has_moved
    end
  end
  return has_moved
end

--- Schedule all pods until nothing moves.
-- @return {["namespace/name"] = {node = name or nil, and of the last attempt: code, reason, nodes, removed, scores,
--   suggested}}
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
  local placements = testing.run(self.cluster, self.engine)
  for key, placement in pairs(placements) do
    -- What a pod was bound by stays known when later runs find it bound.
    if placement.code or not self.placements[key] then
      self.placements[key] = placement
    end
  end
  return placements
end

-- A name without a namespace is one in "default".
local function key_of(pod)
  return pod:find("/", 1, true) and pod or "default/" .. pod
end

--- A cycle of a pod that has been through PreFilter and Filter, and what Filter left.
function World:filter(name)
  expect("filter", 1, "pod", name, "string")
  self.cluster:settle()
  local cycle = self.engine:cycle(key_of(name):match("^(.-)/(.*)$"))
  cycle:pre_filter()
  return cycle, cycle:filter_all()
end

-- Assertions: luassert's, so that busted tells failures from errors; each is checked where the spec calls it.

-- Fail with what `explain` says unless the condition holds.
local function check(is_fine, explain)
  local has_luassert, luassert = pcall(require, "luassert")
  local message = not is_fine and explain() or nil
  if has_luassert then
    luassert(is_fine, message, luassert:level(3))
  elseif not is_fine then
    error(message, 3)
  end
end

-- The pod's last placement, after everything that can move has moved.
local function placement_of(world, pod)
  world:run()
  local placement = world.placements[key_of(pod)]
  if not placement then
    error(("no pod '%s' in the world"):format(pod), 3)
  end
  return placement
end

local function sorted(names)
  local list = {}
  for _, name in ipairs(names) do
    list[#list + 1] = name
  end
  table.sort(list)
  return #list > 0 and table.concat(list, ", ") or "none"
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function tell_scores(scores)
  local parts = {}
  for _, node in ipairs(sorted_keys(scores)) do
    parts[#parts + 1] = ("%s %s"):format(node, scores[node])
  end
  return #parts > 0 and table.concat(parts, ", ") or "none"
end

-- Lines that say what the last attempt of a pod rested on.
local function why(placement)
  local lines = {}
  if placement.reason and placement.reason ~= "" then
    lines[#lines + 1] = ("  %s: %s"):format(placement.code, placement.reason)
  end
  for _, removal in ipairs(placement.removed or {}) do
    lines[#lines + 1] = ("  left out for claim %s: %s: %s"):format(removal.claim, sorted(removal.nodes), removal.rule)
  end
  if placement.scores then
    lines[#lines + 1] = "  scores: " .. tell_scores(placement.scores)
  end
  if placement.suggested then
    lines[#lines + 1] = "  suggested: " .. placement.suggested
  end
  return #lines > 0 and "\n" .. table.concat(lines, "\n") or ""
end

--- The pod is bound to the node, once all that can move has moved.
function World:assert_node(pod, node)
  expect("assert_node", 1, "pod", pod, "string")
  expect("assert_node", 2, "node", node, "string")
  local placement = placement_of(self, pod)
  check(placement.node == node, function()
    return ("pod %s: want it on %s, got %s%s"):format(key_of(pod), node, placement.node or "none: it waits", why(placement))
  end)
  return self
end

--- The pod waits, and, if given, its reason holds the text.
function World:assert_waiting(pod, text)
  expect("assert_waiting", 1, "pod", pod, "string")
  expect("assert_waiting", 2, "text", text, "string?")
  local placement = placement_of(self, pod)
  local has_text = not text or (placement.reason or ""):find(text, 1, true)
  check(not placement.node and has_text, function()
    local want = text and ("want it to wait with %q"):format(text) or "want it to wait"
    return ("pod %s: %s, got %s%s"):format(key_of(pod), want,
      placement.node and "node " .. placement.node or "another reason", why(placement))
  end)
  return self
end

--- Filter leaves the pod these nodes and no others.
function World:assert_feasible(pod, names)
  expect("assert_feasible", 1, "pod", pod, "string")
  expect("assert_feasible", 2, "names", names, "table")
  local cycle <close>, answer = self:filter(pod)
  local got, want = sorted(answer.nodes or {}), sorted(names)
  check(got == want, function()
    return ("pod %s: want feasible nodes %s, got %s%s"):format(key_of(pod), want, got,
      why{code = answer.code, reason = answer.reason, removed = cycle:removals()})
  end)
  return self
end

--- Filter keeps the pod from the node, for a reason that holds the text.
function World:assert_reason(pod, node, text)
  expect("assert_reason", 1, "pod", pod, "string")
  expect("assert_reason", 2, "node", node, "string")
  expect("assert_reason", 3, "text", text, "string")
  local cycle <close>, answer = self:filter(pod)
  local reasons = {}
  for _, removal in ipairs(cycle:removals()) do
    for _, name in ipairs(removal.nodes) do
      reasons[#reasons + 1] = name == node and removal.rule or nil
    end
  end
  local got = #reasons > 0 and table.concat(reasons, "; ") or "none: the node is feasible"
  check(got:find(text, 1, true) and #reasons > 0, function()
    return ("pod %s, node %s: want a reason with %q, got %s%s"):format(key_of(pod), node, text, got,
      why{code = answer.code, reason = answer.reason})
  end)
  return self
end

--- The scores of the nodes that Filter leaves: {node = number}, of those that matter.
function World:assert_scores(pod, scores)
  expect("assert_scores", 1, "pod", pod, "string")
  expect("assert_scores", 2, "scores", scores, "table")
  local cycle <close> = self:filter(pod)
  cycle:pre_score()
  local answer = cycle:score()
  local is_same = answer.scores ~= nil
  for node, score in pairs(scores) do
    is_same = is_same and answer.scores[node] == score
  end
  check(is_same, function()
    return ("pod %s: want scores %s, got %s%s"):format(key_of(pod), tell_scores(scores),
      tell_scores(answer.scores or {}), why{code = answer.code, reason = answer.reason})
  end)
  return self
end

--- So many writes were made, of those that `like` describes by fields of cluster:writes().
function World:assert_writes(count, like)
  expect("assert_writes", 1, "count", count, "number")
  expect("assert_writes", 2, "like", like, "table?")
  local lines, found = {}, 0
  for _, write in ipairs(self.cluster:writes()) do
    local is_like = true
    for field, value in pairs(like or {}) do
      is_like = is_like and write[field] == value
    end
    found = found + (is_like and 1 or 0)
    if is_like and #lines < 20 then
      lines[#lines + 1] = ("  %s %s %s %s%s"):format(write.actor, write.method, write.kind, write.name,
        write.subresource and "/" .. write.subresource or "")
    end
  end
  check(found == count, function()
    return ("want %d writes, got %d\n%s"):format(count, found, table.concat(lines, "\n"))
  end)
  return self
end

--- The path of a file beside the spec, wherever the spec is run from.
function testing.beside(name)
  expect("beside", 1, "name", name, "string")
  local source = debug.getinfo(2, "S").source
  return (source:match("^@(.*/)") or "") .. name
end

return testing
