local testing = require "chandra.testing"

local function world_of()
  return testing.world{
    nodes = {kept = {["chandra.dev/reserved-for"] = "big"}, ["node-1"] = {}, ["node-2"] = {}},
    classes = {big = {}, small = {}},
    policy = {"policies/reserve_nodes.lua", "policies/default.lua"},
  }
end

describe("reserve_nodes", function()
  it("keeps other classes away and says why", function()
    local world <close> = world_of()
    world:pod("pod", {"small"})
    local cycle <close>, answer = world:filter("pod")
    assert.same({"node-1", "node-2"}, {table.unpack(answer.nodes)})
    assert.truthy(cycle:why("kept").reason:find("node is reserved for another class", 1, true))
  end)

  it("sends pods of the class there first", function()
    local world <close> = world_of()
    world:pod("pod", {"big"})
    assert.equal("kept", world:run()["default/pod"].node)
  end)

  it("goes by all claims of the pod", function()
    local world <close> = world_of()
    world:pod("pod", {"small", "big"})
    assert.equal("kept", world:run()["default/pod"].node)
  end)
end)
