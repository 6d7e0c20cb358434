local testing = require "chandra.testing"

local function world_of()
  return testing.world{
    nodes = {"node-1", "node-2"},
    policy = {"policies/avoid_draining.lua", "policies/default.lua"},
  }
end

local function drain(world, name)
  local node = world.cluster:get("Node", nil, name)
  node.metadata.labels["chandra.dev/draining"] = ""
  world.cluster:load(node)
  world.cluster:settle()
end

describe("avoid_draining", function()
  it("sends nothing new to a draining node", function()
    local world <close> = world_of()
    drain(world, "node-1")
    world:pod("pod", {"gpu"})
    local cycle <close>, answer = world:filter("pod")
    assert.same({"node-2"}, {table.unpack(answer.nodes)})
    assert.truthy(cycle:why("node-1").reason:find("node is being drained", 1, true))
  end)

  it("lets pods follow a claim that is in use", function()
    local world <close> = world_of()
    world:claim("shared"):pod("one", {{claim = "shared"}})
    local node = world:run()["default/one"].node
    drain(world, node)
    world:pod("two", {{claim = "shared"}})
    assert.equal(node, world:run()["default/two"].node)
  end)

  it("takes a claim that nobody uses elsewhere", function()
    local world <close> = world_of()
    world:claim("index"):pod("one", {{claim = "index"}})
    local node = world:run()["default/one"].node
    world.cluster:remove("Pod", "default", "one")
    world.cluster:settle()
    drain(world, node)
    world:pod("two", {{claim = "index"}})
    local other = world:run()["default/two"].node
    assert.truthy(other)
    assert.not_equal(node, other)
  end)
end)
