-- Every script of tests/spec/sandbox attacks the host; its line "-- HOOK fails: TEXT" says where it must
-- be stopped and with which words, "-- ok" that it is harmless.
local chandra = require "chandra"
local testing = require "chandra.testing"

local FOLDER = "tests/spec/sandbox/"
-- Slow machines and sanitizers must not turn one limit into another.
local TIMEOUT_MS = 60000

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function expectation(text)
  if ("\n" .. text):find("\n%-%- ok\n") then
    return nil
  end
  return text:match("%-%- (%a+) fails: ([^\n]*)")
end

local function scripts()
  local names = {}
  local pipe <close> = assert(io.popen("ls " .. FOLDER))
  for name in pipe:lines() do
    names[#names + 1] = name
  end
  return names
end

-- Two claims that are allocated on different nodes, so that release is asked too.
local function new_world()
  local world = testing.world{
    nodes = {["node-1"] = {zone = "a"}, ["node-2"] = {zone = "b"}, ["node-3"] = {zone = "c"}},
    drivers = {
      {name = "gpu.example.com", node_local = true, nodes = {"node-1"}, shareable = true},
      {name = "nic.example.com", node_local = true, nodes = {"node-2"}, shareable = true},
    },
    classes = {gpu = {}, nic = {driverName = "nic.example.com"}},
  }
  world:claim("fresh"):claim("other")
  world:pod("pod", {{claim = "fresh"}, {claim = "other"}}, {app = "x"})
  world:claim("gpu", "gpu", {allocationMode = "Immediate"})
  world:claim("nic", "nic", {allocationMode = "Immediate"})
  world:claim("gpu-2", "gpu"):claim("nic-2", "nic")
  world:pod("stuck", {{claim = "gpu-2"}, {claim = "nic-2"}})
  world.cluster:settle()
  return world
end

-- Allocate a delayed claim where its driver wants it, as if a pod had been there before.
local function allocate(world, name, driver, node)
  local claim = world.cluster:get("ResourceClaim", "default", name)
  claim.status = {
    driverName = driver,
    allocation = {
      shareable = true,
      availableOnNodes = {nodeSelectorTerms = {{matchExpressions = {
        {key = "kubernetes.io/hostname", operator = "In", values = {node}},
      }}}},
    },
  }
  world.cluster:request("PUT",
    "/apis/resource.k8s.io/v1alpha2/namespaces/default/resourceclaims/" .. name .. "/status", claim)
end

-- What each hook says, by going through the extension points that call it.
local function decide(world, hook)
  local cycle <close> = world.engine:cycle("default", hook == "release" and "stuck" or "pod")
  local answer = cycle:pre_filter()
  assert.equal("Success", answer.code)
  answer = cycle:filter_all()
  if hook == "match" or answer.code == "Error" then
    return answer
  elseif hook == "release" then
    return cycle:post_filter()
  end
  answer = cycle:pre_score()
  if hook == "score" and answer.code ~= "Error" then
    answer = cycle:score()
  elseif hook == "suggest" and answer.code ~= "Error" then
    cycle:suggested()
    answer = cycle:reserve("node-1")
  end
  return answer
end

describe("sandbox", function()
  local world

  before_each(function()
    world = new_world()
    allocate(world, "gpu-2", "gpu.example.com", "node-1")
    allocate(world, "nic-2", "nic.example.com", "node-2")
    world.cluster:settle()
  end)

  -- After every attack the same engine serves pods by a good policy.
  after_each(function()
    world.engine:set_policy("policies/default.lua")
    assert.equal("Success", decide(world, "match").code)
    world:close()
  end)

  local names = scripts()

  it("has a corpus", function()
    assert.is_true(#names >= 150)
  end)

  for _, name in ipairs(names) do
    it(name, function()
      local text = read(FOLDER .. name)
      local hook, want = expectation(text)
      local is_loaded, policy = pcall(chandra.policy,
        {{name = name, text = text}, timeout_ms = TIMEOUT_MS})
      if hook == "load" then
        assert.is_false(is_loaded)
        assert.truthy(policy:find(want, 1, true), policy)
        assert.equal(name .. ":", policy:sub(1, #name + 1))
        assert.is_nil(policy:find("[%c]"))
        return
      end
      assert.is_true(is_loaded, policy)
      world.engine:set_policy(policy)
      for _, each in ipairs(hook and {hook} or {"match", "score", "suggest", "release"}) do
        local answer = decide(world, each)
        if hook then
          assert.equal("Error", answer.code)
          assert.truthy(answer.reason:find(want, 1, true), answer.reason)
          assert.truthy(answer.reason:find(name .. ":", 1, true), answer.reason)
          assert.truthy(answer.reason:find("policy attack", 1, true), answer.reason)
        else
          assert.not_equal("Error", answer.code, answer.reason)
        end
      end
    end)
  end
end)
