local testing = require "chandra.testing"

local HOURS = "chandra.dev/hours"

-- The nodes that take a new claim at an hour of the day.
local function open_at(hour)
  local world <close> = testing.world{
    nodes = {
      always = {}, day = {[HOURS] = "8-18"}, night = {[HOURS] = "20-6"}, late = {[HOURS] = "22-24"},
      word = {[HOURS] = "nights"}, half = {[HOURS] = "8"}, beyond = {[HOURS] = "8-25"}, three = {[HOURS] = "1-2-3"},
    },
    policy = {"policies/time_windows.lua", "policies/default.lua"},
    wall_time = 1717200000 + hour * 3600, -- 2024-06-01, a midnight
  }
  world:pod("pod", {"gpu"})
  local cycle <close>, answer = world:filter("pod")
  return table.concat(answer.nodes, " "), cycle:why("word").reason
end

describe("time_windows", function()
  it("opens nodes by day and by night, the first hour within and the last without", function()
    local wanted = {
      [0] = "always night", [5] = "always night", [6] = "always", [8] = "always day", [17] = "always day",
      [18] = "always", [20] = "always night", [22] = "always late night", [23] = "always late night",
    }
    for hour, nodes in pairs(wanted) do
      assert.equal(nodes, (open_at(hour)))
    end
  end)

  it("never opens a node whose label is not FROM-TO, and says so", function()
    local nodes, reason = open_at(12)
    assert.equal("always day", nodes)
    assert.truthy(reason:find("node is closed at 12:00 UTC", 1, true))
  end)
end)
