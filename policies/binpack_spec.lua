local testing = require "chandra.testing"

local POLICY = {"policies/binpack.lua", "policies/default.lua"}
local function driver(name, max)
  return {name = name, node_local = true, shareable = true, max_allocations = max}
end

describe("binpack", function()
  it("fills a node before it takes the next", function()
    local world <close> = testing.world{
      nodes = {"node-1", "node-2", "node-3"},
      drivers = {driver("gpu.example.com", 2)},
      policy = POLICY,
    }
    local nodes = {}
    for i = 1, 4 do
      local name = "pod-" .. i
      world:pod(name, {"gpu"})
      nodes[i] = world:run()["default/" .. name].node
    end
    assert.equal(nodes[1], nodes[2])
    assert.equal(nodes[3], nodes[4])
    assert.not_equal(nodes[1], nodes[3])
  end)

  it("counts only classes that the pod asks for", function()
    local world <close> = testing.world{
      nodes = {"node-1", "node-2"},
      classes = {gpu = {}, nic = {driverName = "nic.example.com"}},
      drivers = {driver("gpu.example.com"), driver("nic.example.com")},
      policy = POLICY,
    }
    world:pod("one", {"gpu"}):run()
    world:pod("two", {"nic"})
    local cycle = world:filter("two")
    cycle:pre_score()
    assert.same({["node-1"] = 0, ["node-2"] = 0}, cycle:score().scores)
    world:pod("three", {"gpu"})
    cycle = world:filter("three")
    cycle:pre_score()
    assert.same({["node-1"] = 100, ["node-2"] = 0}, cycle:score().scores)
    assert.equal("node-1", cycle:suggested())
  end)
end)
