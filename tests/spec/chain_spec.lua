-- Several policies at once: match narrows, scores are weighted, the first that answers decides.
local chandra = require "chandra"
local support = require "support"

local function source(hook, parameters, body, name, weight)
  local result = support.source(hook, parameters, body, {name = name})
  result.name, result.weight = name .. ".lua", weight
  return result
end

local function keep(zone, name)
  return source("match", "cx, claim, nodes",
    ("return cx:keep(nodes, nodes:matching{zone = %q}, %q)"):format(zone, "not zone " .. zone), name)
end

local function score(value, name, weight)
  return source("score", "cx, pod, node", "return " .. value, name, weight)
end

local function scored(policy)
  local world <close> = support.world(policy)
  world:claim("one")
  world:pod("single", {{claim = "one"}})
  local cycle = world:filter("single")
  cycle:pre_score()
  return cycle:score()
end

local function suggested(policy)
  local world <close> = support.world(policy)
  world:claim("one")
  world:pod("single", {{claim = "one"}})
  local cycle = world:filter("single")
  return cycle:suggested()
end

describe("a chain", function()
  it("narrows from member to member", function()
    local world <close> = support.world{keep("a", "first"), source("match", "cx, claim, nodes",
      "assert(#nodes == 2) return cx:keep(nodes, nodes:matching{disk = 'ssd'}, 'no disk')", "second")}
    local cycle, answer = world:filter("pod")
    assert.equal("node-2", table.concat(answer.nodes, " "))
    local by = {}
    for _, removal in ipairs(cycle:removals()) do
      by[removal.policy] = removal.rule
    end
    assert.same({first = "not zone a", second = "no disk"}, by)
  end)

  it("adds scores up by weight", function()
    local answer = scored{score("100", "high"), score("0", "low")}
    assert.equal(50, answer.scores["node-1"])
    answer = scored{score("100", "high", 3), score("0", "low", 1)}
    assert.equal(75, answer.scores["node-1"])
  end)

  it("keeps scores within 0 and 100", function()
    assert.equal(100, scored{score("1e9", "high")}.scores["node-1"])
    assert.equal(0, scored{score("-5", "low")}.scores["node-1"])
    assert.equal(67, scored{score("66.6", "odd")}.scores["node-1"])
  end)

  it("takes vectors and tables as scores", function()
    local vector = source("scores", "cx, pod, nodes",
      "return nodes:score(function(node) return node.name == 'node-2' and 9 or 1 end)", "vector")
    assert.same({["node-1"] = 1, ["node-2"] = 9, ["node-3"] = 1}, scored{vector}.scores)
    local by_name = source("scores", "cx, pod, nodes",
      "return {['node-3'] = 7, [nodes:first()] = 2, ['node-9'] = 1}", "by_name")
    assert.same({["node-1"] = 2, ["node-2"] = 0, ["node-3"] = 7}, scored{by_name}.scores)
  end)

  it("has no scores when no member has", function()
    assert.equal("Skip", scored{keep("a", "first")}.code)
    assert.equal("Skip", scored(nil).code)
  end)

  it("asks for a suggestion until one answers", function()
    local none = source("suggest", "cx, pod, nodes", "return nil", "none")
    local second = source("suggest", "cx, pod, nodes", "return nodes, 'node-2'", "second")
    local third = source("suggest", "cx, pod, nodes", "return nodes, nodes:first()", "third")
    assert.equal("node-2", suggested{none, second, third})
    assert.equal("node-1", suggested{third, second})
    assert.is_nil(suggested{none})
  end)

  it("tells who its members are", function()
    local policy <close> = chandra.policy{keep("a", "first"), "policies/default.lua"}
    local info = policy:info()
    assert.equal(2, #info)
    assert.equal("first", info[1].name)
    assert.equal("policies/default.lua", info[2].source)
    assert.equal(1, info[2].api)
    assert.equal(64, #info[2].sha256)
    local world <close> = support.world(policy)
    local cycle = world:filter("pod")
    assert.equal(("first@1 sha256:%s, default@1.0.0 sha256:%s"):format(info[1].sha256, info[2].sha256),
      cycle:policy())
  end)

  it("refuses a weight below zero", function()
    assert.has_error(function()
      chandra.policy{score("1", "x", -1)}
    end, "x.lua: the weight must be 0 to 1e9")
  end)
end)
