local testing = require "chandra.testing"

local function world_of()
  return testing.world{
    nodes = {"node-1", "node-2", "node-3"},
    policy = {"policies/warm_claims.lua", "policies/default.lua"},
  }
end

local function serve(world, name, model)
  world:claim(name, "gpu", nil, model and {["chandra.dev/model"] = model})
  world:pod(name, {{claim = name}})
  return world
end

describe("warm_claims", function()
  it("goes where the model is", function()
    local world <close> = world_of()
    local llama = serve(world, "llama-1", "llama"):run()["default/llama-1"].node
    local whale = serve(world, "whale-1", "whale"):run()["default/whale-1"].node
    assert.equal(llama, serve(world, "llama-2", "llama"):run()["default/llama-2"].node)
    assert.equal(whale, serve(world, "whale-2", "whale"):run()["default/whale-2"].node)
  end)

  it("scores by how many claims of the model a node has", function()
    local world <close> = world_of()
    local warm = serve(world, "one", "llama"):run()["default/one"].node
    serve(world, "two", "llama")
    local cycle <close> = world:filter("two")
    cycle:pre_score()
    for node, score in pairs(cycle:score().scores) do
      assert.equal(node == warm and 100 or 0, score)
    end
  end)

  it("has no opinion without a model", function()
    local world <close> = world_of()
    serve(world, "one", "llama"):run()
    serve(world, "two")
    local cycle <close> = world:filter("two")
    cycle:pre_score()
    for _, score in pairs(cycle:score().scores) do
      assert.equal(0, score)
    end
  end)
end)
