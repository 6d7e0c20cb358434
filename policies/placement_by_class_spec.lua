local testing = require "chandra.testing"

local function class(name, placement)
  return {metadata = {name = name, labels = {["chandra.dev/placement"] = placement}}}
end

local function world_of()
  return testing.world{
    nodes = {"node-1", "node-2", "node-3"},
    classes = {service = class("service", "spread"), batch = class("batch", "pack"), other = {}},
    policy = {"policies/placement_by_class.lua", "policies/default.lua"},
  }
end

-- On how many nodes `count` pods of a class end.
local function nodes_used(class_name, count)
  local world <close> = world_of()
  local used, total = {}, 0
  for i = 1, count do
    world:pod("pod-" .. i, {class_name})
    local node = world:run()["default/pod-" .. i].node
    total = total + (used[node] and 0 or 1)
    used[node] = true
  end
  return total
end

describe("placement_by_class", function()
  it("spreads the claims of one class", function()
    assert.equal(3, nodes_used("service", 3))
  end)

  it("packs the claims of another", function()
    assert.equal(1, nodes_used("batch", 3))
  end)

  it("has no say in classes without the label", function()
    local world <close> = world_of()
    world:pod("one", {"other"}):run()
    world:pod("two", {"other"})
    local cycle <close> = world:filter("two")
    cycle:pre_score()
    assert.same({["node-1"] = 0, ["node-2"] = 0, ["node-3"] = 0}, cycle:score().scores)
  end)

  it("weighs the classes of a pod alike", function()
    local world <close> = world_of()
    world:pod("one", {"service"}):run()
    world:pod("two", {"batch"}):run()
    world:pod("both", {"service", "batch"})
    local cycle <close> = world:filter("both")
    cycle:pre_score()
    for _, score in pairs(cycle:score().scores) do
      assert.is_true(score == 0 or score == 50 or score == 100)
    end
  end)
end)
