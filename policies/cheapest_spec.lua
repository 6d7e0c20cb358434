local testing = require "chandra.testing"

local COST = "chandra.dev/cost"

local function scores(nodes)
  local world <close> = testing.world{nodes = nodes, policy = "policies/cheapest.lua"}
  world:pod("pod", {"gpu"})
  local cycle <close> = world:filter("pod")
  cycle:pre_score()
  return cycle:score().scores
end

describe("cheapest", function()
  it("scores from 100 for the cheapest to 0 for the dearest", function()
    assert.same({cheap = 100, middle = 50, dear = 0},
      scores{cheap = {[COST] = "2"}, middle = {[COST] = "4.5"}, dear = {[COST] = "7"}})
  end)

  it("takes nodes without a price, or with nonsense, for the dearest", function()
    assert.same({cheap = 100, dear = 0, none = 0, nonsense = 0},
      scores{cheap = {[COST] = "2"}, dear = {[COST] = "7"}, none = {}, nonsense = {[COST] = "much"}})
  end)

  it("is content with one price", function()
    assert.same({["node-1"] = 100, ["node-2"] = 100},
      scores{["node-1"] = {[COST] = "3"}, ["node-2"] = {[COST] = "3"}})
  end)

  it("is content without any price", function()
    assert.same({["node-1"] = 0, ["node-2"] = 0}, scores{"node-1", "node-2"})
  end)
end)
