-- On clusters made by chance, whatever the policy: what must hold when a simulation has come to rest.
local command = dofile "tests/cli/command.lua"
local manifests = dofile "tests/cli/manifests.lua"
local null = command.null

local POLICIES = {"default", "spread", "binpack", "sticky", "zone_affinity"}
local SEEDS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 49} -- 49: two drivers, each full where the other is not
local DRIVERS, SHARED = {"a", "b", "c"}, {"s1", "s2"}

local function chance(p) return math.random() < p end
local function one_of(list) return list[math.random(#list)] end

local function node(name)
  local labels = {"kubernetes.io/hostname: " .. name, "topology.kubernetes.io/zone: z" .. math.random(3)}
  for _, driver in ipairs(DRIVERS) do
    if chance(0.7) then labels[#labels + 1] = driver .. ': "yes"' end
  end
  return ("apiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: {%s}}\n"):format(name, table.concat(labels, ", "))
end

-- Drivers that reach some nodes only have a limit: one without contradicts itself where it is not served.
local function driver_config(name)
  local reaches_some = chance(0.4)
  return ('{"DriverName": "%s.example.com", "NodeLocal": %s, "Shareable": %s, "MaxAllocations": %d%s}'):format(
    name, chance(0.7), chance(0.4), reaches_some and math.random(1, 4) or math.random(0, 4),
    reaches_some and (', "NodeLabels": {"%s": "yes"}'):format(name) or "")
end

local function class(name)
  local selector = "suitableNodes: {nodeSelectorTerms: [{matchExpressions: [{key: %s, operator: Exists}]}]}\n"
  return manifests.class(name, name .. ".example.com", chance(0.3) and selector:format(name) or nil)
end

-- A pod and the entries it has: each the name of a claim, or false for one of a template.
local function pod(name, uses)
  local claims, used = {}, {}
  uses[name] = {}
  for i = 1, math.random(0, 3) do
    local shared = one_of(SHARED)
    local entry = "e" .. i
    if chance(0.3) and not used[shared] then
      used[shared] = true
      claims[#claims + 1] = {entry, "claim", shared}
      uses[name][entry] = shared
    else
      claims[#claims + 1] = {entry, "template", one_of(DRIVERS) .. (chance(0.2) and "-now" or "")}
      uses[name][entry] = false
    end
  end
  local text = manifests.pod(name, claims)
  if #claims == 0 then text = text:gsub("  resourceClaims:\n", "") end
  return chance(0.5) and text:gsub("namespace: default}", "namespace: default, labels: {chandra.dev/zone-group: g1}}") or text
end

-- The files of a cluster, and what each pod uses.
local function make_cluster(seed)
  math.randomseed(seed)
  local documents, configs, uses = {}, {}, {}
  for i = 1, one_of {1, 4, 9} do documents[#documents + 1] = node("node-" .. i) end
  for i, name in ipairs(DRIVERS) do
    local immediate = manifests.template(name .. "-now", name):gsub("resourceClassName: %S-}}", "%0")
    immediate = immediate:gsub("(resourceClassName: [^}]*)}", "%1, allocationMode: Immediate}")
    documents[#documents + 1] = manifests.join {class(name), manifests.template(name, name), immediate}
    configs[i] = driver_config(name)
  end
  for _, name in ipairs(SHARED) do documents[#documents + 1] = manifests.claim(name, one_of(DRIVERS)) end
  for i = 1, one_of {3, 12, 25} do documents[#documents + 1] = pod("pod-" .. i, uses) end
  return command.write("random.yaml", manifests.join(documents)),
    command.write("random.json", "[" .. table.concat(configs, ",") .. "]"), uses
end

local function claim_of(result, name, entry, shared)
  for _, claim in ipairs(result.claims) do
    if shared and claim.name == shared or not shared and claim.name:find(name .. "-" .. entry .. "-", 1, true) == 1 then
      return claim
    end
  end
end

local function is_user(claim, name)
  for _, user in ipairs(claim.reservedFor) do
    if user.name == name then return true end
  end
  return false
end

-- A pod that is bound has all its claims, where it is; one that is not says why.
local function check_pod(result, placed, uses)
  if placed.node == null then
    assert.is_true(#placed.reasons > 0)
    return
  end
  for entry, shared in pairs(uses) do
    local claim = claim_of(result, placed.name, entry, shared)
    assert.equal("allocated", claim.state)
    assert.is_true(claim.node == null or claim.node == placed.node)
    assert.is_true(is_user(claim, placed.name))
  end
end

-- No context of a bound pod is left; no claim was given back again and again.
local function check_writes(result, nodes)
  local contexts, returns = {}, {}
  for _, write in ipairs(result.writes) do
    if write.kind == "PodSchedulingContext" and write.subresource == "" and write.status < 300 then
      contexts[write.name] = write.method ~= "DELETE" or nil
    elseif write.actor == "scheduler" and write.kind == "ResourceClaim" and write.method == "PUT" then
      returns[write.name] = (returns[write.name] or 0) + 1
    end
  end
  for name in pairs(contexts) do assert.equal(null, nodes[name], "the context of " .. name .. " is left") end
  for name, count in pairs(returns) do assert.is_true(count <= 10, name .. " was given back " .. count .. " times") end
end

local function check(result, uses)
  local nodes = {}
  for _, placed in ipairs(result.pods) do
    nodes[placed.name] = placed.node
    check_pod(result, placed, uses[placed.name])
  end
  check_writes(result, nodes)
end

describe("chandra simulate on clusters made by chance", function()
  setup(command.open)
  teardown(command.close)

  for _, policy in ipairs(POLICIES) do
    it("keeps the rules with " .. policy, function()
      for _, seed in ipairs(SEEDS) do
        local path, config, uses = make_cluster(seed)
        local arguments = {"simulate", "--policy", "policies/" .. policy .. ".lua", "--driver-config", config, path}
        local code, result = command.run_json(arguments)
        local ok, failure = pcall(check, result, uses)
        assert.is_true(ok, ("seed %d: %s"):format(seed, failure))
        assert.equal(result.waiting == 0 and 0 or 1, code, "seed " .. seed)
        if seed % 5 == 0 then
          local _, again = command.run_json(arguments)
          assert.same(result, again)
        end
      end
    end)
  end
end)
