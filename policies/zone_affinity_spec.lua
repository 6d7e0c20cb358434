local testing = require "chandra.testing"

local ZONE, GROUP = "topology.kubernetes.io/zone", "chandra.dev/zone-group"

local function world_of(extra)
  return testing.world{
    nodes = {
      ["node-1"] = {[ZONE] = "a"}, ["node-2"] = {[ZONE] = "a"},
      ["node-3"] = {[ZONE] = "b"}, ["node-4"] = {[ZONE] = "b"},
    },
    classes = {gpu = {}, net = {driverName = "net.example.com"}},
    drivers = {
      {name = "gpu.example.com", node_local = true, shareable = true},
      {name = "net.example.com", labels = extra and extra.net, shareable = true},
    },
    policy = {"policies/zone_affinity.lua", "policies/default.lua"},
  }
end

describe("zone_affinity", function()
  it("keeps a pod's claims in the zone of the one that is allocated", function()
    local world <close> = world_of{net = {[ZONE] = "b"}}
    world:claim("cable", "net", {allocationMode = "Immediate"})
    world:pod("pod", {{claim = "cable"}, "gpu"})
    local cycle, answer = world:filter("pod")
    assert.same({"node-3", "node-4"}, {table.unpack(answer.nodes)})
    cycle:close()
    assert.equal("node-3", world:run()["default/pod"].node)
  end)

  it("says which claim is in the way", function()
    local world <close> = world_of{net = {[ZONE] = "b"}}
    world:claim("cable", "net", {allocationMode = "Immediate"})
    world:pod("pod", {{claim = "cable"}, "gpu"})
    local cycle = world:filter("pod")
    local rules = {}
    for _, removal in ipairs(cycle:removals()) do
      rules[removal.policy .. ": " .. removal.rule] = #removal.nodes
    end
    assert.equal(2, rules["zone_affinity: claim cable is in another zone"])
  end)

  it("keeps a group of pods in one zone", function()
    local world <close> = world_of()
    local group = {[GROUP] = "training"}
    world:pod("one", {"gpu"}, group):run()
    world:pod("two", {"gpu"}, group):pod("three", {"gpu"}, group):pod("other", {"gpu"})
    local cycle, answer = world:filter("two")
    assert.same({"node-1", "node-2"}, {table.unpack(answer.nodes)})
    assert.truthy(cycle:why("node-3").reason:find("pod one of the group runs in another zone", 1, true))
    cycle:close()
    cycle, answer = world:filter("other")
    assert.equal(4, #answer.nodes)
    cycle:close()
    for _, placement in pairs(world:run()) do
      assert.truthy(placement.node)
    end
  end)
end)
