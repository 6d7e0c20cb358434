local testing = require "chandra.testing"

describe("spread", function()
  it("puts one claim on each node before a second on any", function()
    local world <close> = testing.world{
      nodes = {"node-1", "node-2", "node-3"},
      policy = {"policies/spread.lua", "policies/default.lua"},
    }
    local used = {}
    for i = 1, 6 do
      local name = "pod-" .. i
      world:pod(name, {"gpu"})
      local node = world:run()["default/" .. name].node
      used[node] = (used[node] or 0) + 1
    end
    assert.same({["node-1"] = 2, ["node-2"] = 2, ["node-3"] = 2}, used)
  end)

  it("scores the emptiest node 100 and the fullest 0", function()
    local world <close> = testing.world{
      nodes = {"node-1", "node-2", "node-3"}, policy = "policies/spread.lua",
    }
    world:pod("one", {"gpu"}):run()
    world:pod("two", {"gpu"})
    local cycle = world:filter("two")
    cycle:pre_score()
    assert.same({["node-1"] = 0, ["node-2"] = 100, ["node-3"] = 100}, cycle:score().scores)
  end)
end)
