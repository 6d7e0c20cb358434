local testing = require "chandra.testing"

local function world_of(nodes)
  return testing.world{
    nodes = nodes,
    classes = {
      slice = {metadata = {name = "slice", labels = {["chandra.dev/size"] = "small"}}},
      whole = {},
    },
    drivers = {{name = "gpu.example.com", node_local = true, max_allocations = 2, shareable = true}},
    policy = {"policies/whole_nodes.lua", "policies/default.lua"},
  }
end

local function place(world, name, class)
  world:pod(name, {class})
  return world:run()["default/" .. name]
end

describe("whole_nodes", function()
  it("fills one node with small requests before the next", function()
    local world <close> = world_of{"node-1", "node-2", "node-3"}
    local first = place(world, "one", "slice").node
    assert.equal(first, place(world, "two", "slice").node)
    assert.not_equal(first, place(world, "three", "slice").node)
  end)

  it("keeps a whole node although small requests wait", function()
    local world <close> = world_of{"node-1", "node-2"}
    place(world, "one", "slice")
    place(world, "two", "slice")
    local answer = place(world, "three", "slice")
    assert.is_nil(answer.node)
    assert.truthy(answer.reason:find("node is kept whole for large requests", 1, true))
  end)

  it("gives it to a large one", function()
    local world <close> = world_of{"node-1", "node-2"}
    local small = place(world, "one", "slice").node
    local large = place(world, "large", "whole").node
    assert.truthy(large)
    assert.not_equal(small, large)
  end)
end)
