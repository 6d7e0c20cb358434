local command = dofile "tests/cli/command.lua"
local json = dofile "tests/cli/json.lua"
local run, run_json, write = command.run, command.run_json, command.write

local HEAD = "apiVersion: chandra.config/v1alpha1\nkind: ChandraConfiguration\n"
local CLUSTER = "examples/clusters/zones.yaml"
local DRIVERS = {"--driver-config", "examples/clusters/drivers/zones.json"}

local function has(text, part) assert.is_truthy(text:find(part, 1, true), part .. " is not in: " .. text) end

local function policy(name, body)
  return write(name .. ".lua", ("--!chandra api=1 name=%s version=1.0.0\nlocal P = {}\n%s\nreturn P\n"):format(name, body))
end

local function drain(name, zone)
  return policy(name, ([[
function P.match(cx, claim, nodes)
  if claim.allocated then return nodes end
  return cx:drop(nodes, function(node) return node.labels["topology.kubernetes.io/zone"] == %q end, "drained")
end]]):format(zone))
end

-- A validator of just what the schema uses. Patterns are told by what they are for.
local PATTERNS = {
  ["^.+$"] = function(text) return #text > 0 end,
  ["^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"] = function(text)
    return #text <= 63 and text:find "^[-a-z0-9]+$" and not text:find "^-" and not text:find "-$"
  end,
  ["^([^*]+\\*?|\\*)$"] = function(text) return text:find "^[^*]+%*?$" or text == "*" end,
  ["^[0-9]{1,10}(Ki|Mi|Gi)?$"] = function(text)
    local digits, unit = text:match "^(%d+)(%a*)$"
    return digits and #digits <= 10 and (unit == "" or unit:find "^[KMG]i$")
  end,
  ["^([0-9]+(\\.[0-9]*)?(ms|s|m|h))+$"] = function(text)
    local rest = text:gsub("%d+%.?%d*ms", ""):gsub("%d+%.?%d*[smh]", "")
    return #text > 0 and rest == ""
  end,
}

-- An empty table may have been an object or an array.
local function has_type(value, want)
  if value == json.null then return want == "null" end
  if type(value) == "table" then
    return want == "object" and value[1] == nil or want == "array" and (value[1] ~= nil or next(value) == nil)
  end
  return type(value) == want or math.type(value) == want
end

local validate

local function validate_object(schema, value)
  local count = 0
  for key, member in pairs(value) do
    local field = schema.properties and schema.properties[key] or schema.additionalProperties
    count = count + 1
    if field == false or field and not validate(field, member) then return false end
  end
  for _, name in ipairs(schema.required or {}) do
    if value[name] == nil then return false end
  end
  return count >= (schema.minProperties or 0)
end

local function validate_array(schema, value)
  for _, element in ipairs(value) do
    if schema.items and not validate(schema.items, element) then return false end
  end
  return #value >= (schema.minItems or 0) and #value <= (schema.maxItems or math.huge)
end

local function validate_plain(schema, value)
  if schema.pattern and type(value) == "string" and not PATTERNS[schema.pattern](value) then return false end
  if type(value) == "number" then
    if value < (schema.minimum or -math.huge) or value > (schema.maximum or math.huge) then return false end
    if schema.exclusiveMinimum and value <= schema.exclusiveMinimum then return false end
  end
  for _, choice in ipairs(schema.enum or {}) do
    if choice == value then return true end
  end
  return schema.enum == nil
end

local function count_valid(list, value)
  local count = 0
  for _, schema in ipairs(list) do count = count + (validate(schema, value) and 1 or 0) end
  return count
end

function validate(schema, value)
  if schema.type and not has_type(value, schema.type) then return false end
  if schema.anyOf and count_valid(schema.anyOf, value) == 0 then return false end
  if schema.oneOf and count_valid(schema.oneOf, value) ~= 1 then return false end
  if schema["not"] and validate(schema["not"], value) then return false end
  if schema["if"] then
    local rest = validate(schema["if"], value) and schema["then"] or schema["else"]
    if not validate(rest, value) then return false end
  end
  if schema.items then return validate_array(schema, value) end
  if type(value) == "table" then return validate_object(schema, value) end
  return validate_plain(schema, value)
end

-- Bodies of configurations, in JSON, and whether they are good.
local CASES = {
  {true, [=[]=]},
  {true, [=["queueKey": "a/b"]=]},
  {false, [=["queueKey": ""]=]},
  {false, [=["queueKeys": "a"]=]},
  {true, [=["rules": []]=]},
  {false, [=["rules": {"a": 1}]=]},
  {false, [=["default": null]=]},
  {false, [=["default": [1]]=]},
  {true, [=["default": {"policies": [{"builtin": "default"}]}]=]},
  {true, [=["default": {"policies": [{"builtin": "default", "weight": 0.5}]}]=]},
  {false, [=["default": {"policies": [{"builtin": "default", "weight": 0}]}]=]},
  {false, [=["default": {"policies": [{"builtin": "default", "weight": "1"}]}]=]},
  {false, [=["default": {"policies": [{"builtin": "spread"}]}]=]},
  {false, [=["default": {"policies": []}]=]},
  {false, [=["default": {"policies": [{}]}]=]},
  {false, [=["default": {"policies": [{"file": "a.lua", "builtin": "default"}]}]=]},
  {false, [=["default": {"policies": [{"file": ""}]}]=]},
  {true, [=["default": {"failurePolicy": "Ignore"}]=]},
  {false, [=["default": {"failurePolicy": "ignore"}]=]},
  {true, [=["default": {"limits": {"memory": "8Mi", "instructions": 5000, "timeout": "1m30s"}}]=]},
  {true, [=["default": {"limits": {"memory": 1000000}}]=]},
  {false, [=["default": {"limits": {"memory": 1}}]=]},
  {false, [=["default": {"limits": {"memory": "8Mb"}}]=]},
  {false, [=["default": {"limits": {"instructions": 10}}]=]},
  {false, [=["default": {"limits": {"instructions": "5000"}}]=]},
  {false, [=["default": {"limits": {"timeout": 100}}]=]},
  {false, [=["default": {"limits": {"timeout": "100"}}]=]},
  {false, [=["default": {"limits": {"time": "1s"}}]=]},
  {true, [=["rules": [{"name": "a", "match": {"queues": ["x", "y-*", "*"]}}]]=]},
  {false, [=["rules": [{"name": "a", "match": {"queues": ["x*y"]}}]]=]},
  {false, [=["rules": [{"name": "a", "match": {"queues": [""]}}]]=]},
  {false, [=["rules": [{"name": "a", "match": {"queues": []}}]]=]},
  {false, [=["rules": [{"name": "a", "match": {"queues": "x"}}]]=]},
  {false, [=["rules": [{"name": "a", "match": {}}]]=]},
  {false, [=["rules": [{"name": "a"}]]=]},
  {false, [=["rules": [{"match": {"queues": ["x"]}}]]=]},
  {false, [=["rules": [{"name": "A", "match": {"queues": ["x"]}}]]=]},
  {false, [=["rules": [{"name": "-a", "match": {"queues": ["x"]}}]]=]},
  {true, [=["rules": [{"name": "a", "match": {"namespaces": ["n"], "classes": ["c"]}, "failurePolicy": "Fail"}]]=]},
  {true, [=["rules": [{"name": "a", "match": {"podSelector": {"matchLabels": {"x": "y"}}}}]]=]},
  {false, [=["rules": [{"name": "a", "match": {"podSelector": {"matchLabels": {"x": 1}}}}]]=]},
  {false, [=["rules": [{"name": "a", "match": {"podSelector": {}}}]]=]},
  {true, [=["rules": [{"name": "a", "match": {"podSelector": {"matchExpressions":
    [{"key": "k", "operator": "In", "values": ["v"]}, {"key": "k", "operator": "Exists"}]}}}]]=]},
  {false, [=["rules": [{"name": "a", "match": {"podSelector": {"matchExpressions": [{"key": "k", "operator": "In"}]}}}]]=]},
  {false, [=["rules": [{"name": "a", "match": {"podSelector": {"matchExpressions":
    [{"key": "k", "operator": "Exists", "values": ["v"]}]}}}]]=]},
  {false, [=["rules": [{"name": "a", "match": {"podSelector": {"matchExpressions": [{"key": "k", "operator": "Is"}]}}}]]=]},
}

describe("chandra config", function()
  setup(command.open)
  teardown(command.close)

  it("prints a configuration with every default, which is one again", function()
    local path = write("c.yaml", HEAD .. "default: {failurePolicy: Ignore}\n")
    local code, out = run {"config", path}
    assert.equal(0, code)
    has(out, "failurePolicy: Ignore")
    has(out, "instructions: 2000000")
    local again, same = run {"config", write("d.yaml", out)}
    assert.equal(0, again)
    assert.equal(out, same)
  end)

  it("says where something is wrong, and what was meant", function()
    local code, result, err = run_json {"config", write("wrong.yaml", HEAD .. "rules:\n- name: a\n  match: {clases: [x]}\n")}
    assert.equal(2, code)
    has(result.error.message, 'wrong.yaml:5:19: rules[0].match.clases: unknown field, did you mean "classes"?')
    has(err, "rules[0].match.clases")
  end)

  it("loads the policies that a configuration names", function()
    policy("broken", "function P.macth() end")
    local path = write("c.yaml", HEAD .. "rules:\n- {name: a, match: {queues: [x]}, policies: [{file: broken.lua}]}\n")
    local code, _, err = run {"config", path}
    assert.equal(3, code)
    has(err, "rule a: broken.lua:")
    has(err, "did you mean 'match'")
    assert.equal(2, (run {"config", write("c.yaml", HEAD .. "default: {policies: [{file: none.lua}]}\n")}))
    assert.equal(0, (run({"config", "-"}, {stdin = HEAD .. "default: {policies: [{file: none.lua}]}\n"})))
  end)

  it("wants a file or --schema", function()
    assert.equal(2, (run {"config"}))
    assert.equal(2, (run {"config", "--schema", "x.yaml"}))
  end)

  it("prints a schema that agrees with the reader, and that is published", function()
    local code, text = run {"config", "--schema"}
    assert.equal(0, code)
    local schema = json.decode(text)
    local wrong = {}
    for i, case in ipairs(CASES) do
      local body = ('{"apiVersion": "chandra.config/v1alpha1", "kind": "ChandraConfiguration"%s}'):format(
        case[2] == "" and "" or ", " .. case[2])
      local is_read = run({"config", "-"}, {stdin = body}) == 0
      local is_valid = validate(schema, json.decode(body)) and true or false
      if is_read ~= case[1] or is_valid ~= case[1] then
        wrong[#wrong + 1] = ("%d: read %s, valid %s: %s"):format(i, is_read, is_valid, case[2])
      end
    end
    assert.same({}, wrong)
    local file = assert(io.open("examples/config/schema.json", "rb"))
    assert.equal(file:read "a", text)
    file:close()
  end)

  it("accepts the examples", function()
    assert.equal(0, (run {"config", "examples/config/config.yaml"}))
  end)
end)

describe("a configuration", function()
  setup(command.open)
  teardown(command.close)

  local function node(zone)
    local metadata = ("{name: %s, labels: {topology.kubernetes.io/zone: %s}}"):format(zone, zone)
    return "---\napiVersion: v1\nkind: Node\nmetadata: " .. metadata .. "\n"
  end

  local function pod(name, metadata)
    return ([[
---
apiVersion: resource.k8s.io/v1alpha2
kind: ResourceClaim
metadata: {name: %s, %s}
spec: {resourceClassName: gpu}
---
apiVersion: v1
kind: Pod
metadata: {name: %s, %s}
spec: {containers: [{name: main, image: main}], resourceClaims: [{name: a, source: {resourceClaimName: %s}}]}
]]):format(name, metadata, name, metadata, name)
  end

  it("decides which policy a pod of a simulation gets", function()
    for _, zone in ipairs {"a", "b", "c"} do drain("not_" .. zone, zone) end
    local only = function(zone)
      local files = {}
      for _, other in ipairs {"a", "b", "c"} do
        if other ~= zone then files[#files + 1] = ("{file: not_%s.lua}"):format(other) end
      end
      return "policies: [" .. table.concat(files, ", ") .. "]"
    end
    local path = write("c.yaml", HEAD .. ([[
queueKey: example.com/queue
rules:
- {name: fast, match: {queues: [fast]}, %s}
- {name: team, match: {namespaces: ["team-*"], classes: [gpu]}, %s}
default: {%s}
]]):format(only "a", only "b", only "c"))
    local cluster = write("cluster.yaml", "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClass\n"
      .. "metadata: {name: gpu}\ndriverName: gpu.example.com\n" .. node "a" .. node "b" .. node "c"
      .. pod("quick", "namespace: team-x, labels: {example.com/queue: fast}")
      .. pod("mine", "namespace: team-x") .. pod("other", "namespace: default"))
    local code, result = run_json {"simulate", "--config", path, cluster}
    local nodes = {}
    assert.equal(0, code)
    for _, item in ipairs(result.pods) do nodes[item.name] = item.node end
    assert.same({quick = "a", mine = "b", other = "c"}, nodes)
    has(result.policy, "not_a@1.0.0")
  end)

  it("does not go with --policy", function()
    local code, _, err = run {"simulate", "--config", "c.yaml", "--policy", "p.lua", CLUSTER}
    assert.equal(2, code)
    has(err, "--policy and --config")
  end)
end)

describe("a shadow", function()
  setup(command.open)
  teardown(command.close)

  local function simulate(...) return run_json {"simulate", CLUSTER, DRIVERS[1], DRIVERS[2], ...} end

  -- Names of claims from templates, and what is drawn by chance, must not change either.
  local function without_shadow(result)
    result.shadow = nil
    return result
  end

  it("changes nothing: pods, claims, and each write are the same without it", function()
    local _, plain = simulate()
    for _, name in ipairs {"spread", "binpack", "sticky", "zone_affinity"} do
      local code, result = simulate("--shadow", "policies/" .. name .. ".lua")
      assert.equal(0, code)
      assert.equal(#plain.writes, #result.writes)
      assert.is_true(result.shadow.decisions > 0)
      assert.same(plain, without_shadow(result))
    end
  end)

  it("agrees with itself", function()
    for _, name in ipairs {"default", "spread", "binpack"} do
      local path = "policies/" .. name .. ".lua"
      local _, result = simulate("--policy", path, "--shadow", path)
      assert.same({}, result.shadow.list)
    end
  end)

  it("is counted and listed where it disagrees", function()
    local code, result = simulate("--shadow", "examples/policies/drain_zone.lua")
    local sums = {}
    assert.equal(0, code)
    has(result.shadow.policy, "drain_zone@1.0.0 sha256:")
    for _, item in ipairs(result.shadow.list) do
      sums[item.kind] = (sums[item.kind] or 0) + item.count
      if item.kind == "filter" then has(item.message, "zone b is being drained") end
      if item.kind == "best" then assert.not_equal(item.node, item.shadowNode) end
    end
    assert.equal(sums.filter, result.shadow.disagreements.filter)
    assert.equal(sums.best, result.shadow.disagreements.best)
    assert.equal(0, result.shadow.disagreements.failure)
    local _, out = run {"simulate", CLUSTER, DRIVERS[1], DRIVERS[2], "--shadow", "examples/policies/drain_zone.lua"}
    has(out, "shadow policy drain_zone@1.0.0")
    has(out, "decisions compared; disagreements: filter ")
  end)

  it("tells other suggestions and releases", function()
    local path = policy("last", "function P.suggest(_, _, nodes)\n  local last\n"
      .. "  for node in nodes:each() do last = node end\n  return nodes, last\nend")
    local _, result = simulate("--shadow", path)
    assert.is_true(result.shadow.disagreements.suggestion > 0)
  end)

  -- Of two claims that keep a pod from every node, the built-in policy gives one back by chance.
  it("tells other releases, and never asks for one", function()
    local claim = [[
---
apiVersion: resource.k8s.io/v1alpha2
kind: ResourceClaim
metadata: {name: %s, namespace: default, finalizers: [gpu.example.com/deletion-protection]}
spec: {resourceClassName: gpu}
status:
  driverName: gpu.example.com
  allocation:
    availableOnNodes: {nodeSelectorTerms: [{matchExpressions: [{key: gone, operator: Exists}]}]}
]]
    local stuck = write("stuck.yaml", [[
apiVersion: resource.k8s.io/v1alpha2
kind: ResourceClass
metadata: {name: gpu}
driverName: gpu.example.com
]] .. claim:format "left" .. claim:format "right" .. [[
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: default}
spec:
  containers: [{name: main, image: main}]
  resourceClaims: [{name: a, source: {resourceClaimName: left}}, {name: b, source: {resourceClaimName: right}}]
]])
    local _, plain = run_json {"simulate", stuck}
    local messages = {}
    for _, choice in ipairs {"1", "#claims"} do
      local shadow = policy("giving", ("function P.release(_, _, claims) return claims[%s] end"):format(choice))
      local code, result = run_json {"simulate", stuck, "--shadow", shadow}
      assert.equal(0, code)
      for _, item in ipairs(result.shadow.list) do
        assert.equal("release", item.kind)
        messages[#messages + 1] = item.message
      end
      assert.same(plain, without_shadow(result))
    end
    assert.is_true(#messages > 0)
    has(messages[1], "is given back, by the shadow ")
  end)

  it("may fail without any effect", function()
    local _, plain = simulate()
    for _, body in ipairs {"function P.match() error('bad luck') end", "function P.suggest() return 1 end",
      "function P.score() while true do end end", "function P.match() local t = {} while true do t[#t + 1] = {} end end"} do
      local code, result = simulate("--shadow", policy("failing", body))
      assert.equal(0, code)
      assert.is_true(result.shadow.disagreements.failure > 0)
      assert.same(plain, without_shadow(result))
    end
  end)
end)
