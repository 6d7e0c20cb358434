local testing = require "chandra.testing"

local RACK, GROUP = "topology.kubernetes.io/rack", "chandra.dev/apart-group"

local function world_of()
  return testing.world{
    nodes = {
      a1 = {[RACK] = "a"}, a2 = {[RACK] = "a"}, b1 = {[RACK] = "b"}, loose = {},
    },
    policy = {"policies/rack_apart.lua", "policies/default.lua"},
  }
end

describe("rack_apart", function()
  it("never puts two pods of a group into one rack", function()
    local world <close> = world_of()
    local racks = {}
    for _, name in ipairs{"one", "two", "three"} do
      world:pod(name, {"gpu"}, {[GROUP] = "db"})
      local node = world:run()["default/" .. name].node
      local rack = node == "loose" and node or node:sub(1, 1)
      assert.is_nil(racks[rack])
      racks[rack] = true
    end
  end)

  it("lets a pod wait for which no rack is left, and says why", function()
    local world <close> = world_of()
    for _, name in ipairs{"one", "two", "three", "four"} do
      world:pod(name, {"gpu"}, {[GROUP] = "db"}):run()
    end
    local answer = world:run()["default/four"]
    assert.is_nil(answer.node)
    assert.truthy(answer.reason:find("of the group runs in the rack", 1, true))
  end)

  it("leaves pods without a group alone", function()
    local world <close> = world_of()
    world:pod("one", {"gpu"}, {[GROUP] = "db"}):run()
    world:pod("other", {"gpu"})
    local cycle <close>, answer = world:filter("other")
    assert.equal(4, #answer.nodes)
    assert.truthy(cycle)
  end)
end)
