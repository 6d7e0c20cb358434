local testing = require "chandra.testing"

local RACK, ZONE = "topology.kubernetes.io/rack", "topology.kubernetes.io/zone"
local GANG = {["scheduling.x-k8s.io/pod-group"] = "train"}

local function world_of()
  return testing.world{
    nodes = {
      a1 = {[RACK] = "a", [ZONE] = "east"}, b1 = {[RACK] = "b", [ZONE] = "east"},
      b2 = {[RACK] = "b", [ZONE] = "east"}, c1 = {[RACK] = "c", [ZONE] = "west"},
    },
    policy = {"policies/gang_near.lua", "policies/default.lua"},
  }
end

local function scores_of(world, pod)
  local cycle <close> = world:filter(pod)
  cycle:pre_score()
  return cycle:score().scores
end

describe("gang_near", function()
  it("begins in the rack with the most nodes", function()
    local world <close> = world_of()
    world:pod("one", {"gpu"}, GANG)
    assert.same({a1 = 25, b1 = 50, b2 = 50, c1 = 25}, scores_of(world, "one"))
  end)

  it("then prefers the same node, rack and zone, in this order", function()
    local world <close> = world_of()
    world:pod("one", {"gpu"}, GANG)
    local first = world:run()["default/one"].node
    local beside = first == "b1" and "b2" or "b1"
    world:pod("two", {"gpu"}, GANG)
    assert.same({[first] = 100, [beside] = 70, a1 = 40, c1 = 0}, scores_of(world, "two"))
  end)

  it("has no opinion on pods without a gang", function()
    local world <close> = world_of()
    world:pod("one", {"gpu"}, GANG):run()
    world:pod("other", {"gpu"})
    for _, score in pairs(scores_of(world, "other")) do
      assert.equal(0, score)
    end
  end)
end)
