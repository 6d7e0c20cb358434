local testing = require "chandra.testing"

local POLICY = {"policies/sticky.lua", "policies/default.lua"}

describe("sticky", function()
  it("prefers the node where a shareable claim of the class already is", function()
    local world <close> = testing.world{nodes = {"node-1", "node-2", "node-3"}, policy = POLICY}
    world:pod("one", {"gpu"})
    local node = world:run()["default/one"].node
    world:pod("two", {"gpu"})
    local cycle = world:filter("two")
    cycle:pre_score()
    local scores = cycle:score().scores
    assert.equal(100, scores[node])
    scores[node] = nil
    for _, score in pairs(scores) do
      assert.equal(0, score)
    end
    assert.equal(node, cycle:suggested())
    cycle:close()
    assert.equal(node, world:run()["default/two"].node)
  end)

  it("has no eyes for claims that cannot be shared", function()
    local world <close> = testing.world{
      nodes = {"node-1", "node-2"},
      drivers = {{name = "gpu.example.com", node_local = true, shareable = false}},
      policy = POLICY,
    }
    world:pod("one", {"gpu"}):run()
    world:pod("two", {"gpu"})
    local cycle = world:filter("two")
    cycle:pre_score()
    assert.same({["node-1"] = 0, ["node-2"] = 0}, cycle:score().scores)
  end)
end)
