local chandra = require "chandra"
local testing = require "chandra.testing"

local POLICY = "policies/default.lua"

-- The rules that removed nodes, each with how many.
local function removed(cycle)
  local counts = {}
  for _, removal in ipairs(cycle:removals()) do
    counts[removal.rule] = (counts[removal.rule] or 0) + #removal.nodes
  end
  return counts
end

describe("default", function()
  it("is what is built in", function()
    local file <close> = chandra.policy(POLICY)
    local builtin <close> = chandra.default_policy()
    assert.equal(file:info()[1].sha256, builtin:info()[1].sha256)
  end)

  it("keeps all nodes for a claim that nothing restricts", function()
    local world <close> = testing.world{nodes = {"node-1", "node-2"}, policy = POLICY}
    world:pod("pod", {"gpu"})
    local _, answer = world:filter("pod")
    assert.same({"node-1", "node-2"}, {table.unpack(answer.nodes)})
  end)

  it("leaves out what the class excludes", function()
    local terms = {{matchExpressions = {{key = "gpu", operator = "Exists"}}}}
    local world <close> = testing.world{
      nodes = {["node-1"] = {gpu = "a100"}, ["node-2"] = {}},
      classes = {gpu = {suitableNodes = {nodeSelectorTerms = terms}}},
      policy = POLICY,
    }
    world:pod("pod", {"gpu"})
    local cycle, answer = world:filter("pod")
    assert.same({"node-1"}, {table.unpack(answer.nodes)})
    assert.same({["class excludes the node"] = 1}, removed(cycle))
    assert.equal("default", cycle:removals()[1].policy)
  end)

  it("holds a pod to where its claim is allocated", function()
    local world <close> = testing.world{nodes = {"node-1", "node-2", "node-3"}, policy = POLICY}
    world:claim("shared"):pod("first", {{claim = "shared"}})
    local node = world:run()["default/first"].node
    world:pod("second", {{claim = "shared"}})
    local cycle, answer = world:filter("second")
    assert.same({node}, {table.unpack(answer.nodes)})
    assert.same({["claim is allocated elsewhere"] = 2}, removed(cycle))
    cycle:close()
    assert.equal(node, world:run()["default/second"].node)
  end)

  it("leaves out what the driver calls unsuitable", function()
    local world <close> = testing.world{
      nodes = {"node-1", "node-2"},
      drivers = {{name = "gpu.example.com", node_local = true, nodes = {"node-2"}, max_allocations = 5}},
      policy = POLICY,
    }
    world:pod("pod", {"gpu"})
    assert.equal("node-2", world:run()["default/pod"].node)
  end)

  it("publishes at most 128 potential nodes", function()
    local nodes = {}
    for i = 1, 200 do
      nodes[i] = ("node-%03d"):format(i)
    end
    local world <close> = testing.world{nodes = nodes, policy = POLICY}
    world:pod("pod", {"gpu", "gpu"})
    world.cluster:settle()
    local _, node = testing.try(world.cluster, world.engine, "default", "pod")
    assert.is_nil(node)
    local context = world.cluster:get("PodSchedulingContext", "default", "pod")
    assert.equal(128, #context.spec.potentialNodes)
    assert.truthy(world:run()["default/pod"].node)
  end)

  it("gives back a claim that keeps a pod from every node", function()
    local world <close> = testing.world{
      nodes = {"node-1", "node-2"}, policy = {testing.beside "spread.lua", POLICY},
    }
    world:claim("a"):claim("b")
    world:pod("one", {{claim = "a"}}):assert_node("one", "node-1")
    world:pod("two", {{claim = "b"}}):assert_node("two", "node-2")
    world.cluster:remove("Pod", "default", "one"):remove("Pod", "default", "two")
    world:pod("both", {{claim = "a"}, {claim = "b"}})
    assert.truthy(world:run()["default/both"].node)
  end)
end)
