-- Node sets as policies see them: operators, methods, iteration.
local support = require "support"

local function names(answer)
  return table.concat(answer.nodes, " ")
end

describe("node sets", function()
  local function holds(body)
    it(body, function()
      assert.is_true(support.passes(body))
    end)
  end

  holds "assert(#nodes == 3 and #(nodes - nodes) == 0)"
  holds "assert(tostring(nodes) == 'node set of 3')"
  holds "assert((nodes & (nodes - nodes)):is_empty() and not nodes:is_empty())"
  holds "assert(nodes | nodes == nodes and nodes & nodes == nodes)"
  holds "assert(nodes - nodes < nodes and nodes <= nodes and not (nodes < nodes) and nodes >= nodes - nodes)"
  holds "assert(nodes ~= nodes - nodes and nodes ~= claim)"
  holds "assert(nodes:has('node-1') and not nodes:has('node-9') and nodes:has(cx:node('node-2')))"
  holds "assert(nodes:first().name == 'node-1' and (nodes - nodes):first() == nil)"
  holds "assert(table.concat(nodes:names(), ' ') == 'node-1 node-2 node-3')"
  holds "assert(#nodes:where(function(node) return node.labels.zone == 'a' end) == 2)"
  holds "assert(nodes:where(function() return true end) == nodes)"
  holds "assert(#nodes:matching{zone = 'a'} == 2 and #nodes:matching{zone = 'a', disk = 'ssd'} == 1)"
  holds [[assert(#nodes:matching{nodeSelectorTerms = {
    {matchExpressions = {{key = "disk", operator = "Exists"}}},
    {matchExpressions = {{key = "zone", operator = "In", values = {"b"}}}},
  }} == 2)]]
  holds [[assert(#nodes:matching{nodeSelectorTerms = {
    {matchFields = {{key = "metadata.name", operator = "In", values = {"node-3"}}}}}} == 1)]]
  holds "assert(#nodes:matching{nodeSelectorTerms = {}} == 0)"
  holds "assert((nodes - nodes:matching{zone = 'a'}):first().name == 'node-3')"
  holds "assert(nodes:best(function(node) return node.name == 'node-2' and 2 or 1 end).name == 'node-2')"
  holds "assert(nodes:best(function() return 1 end).name == 'node-1')"
  holds [[local seen = {}
    for node in nodes do seen[#seen + 1] = node.name end
    assert(table.concat(seen, ' ') == 'node-1 node-2 node-3')]]
  holds [[local seen = {}
    for node in nodes:each() do seen[#seen + 1] = node.name end
    for node in pairs(nodes) do seen[#seen + 1] = node.name end
    assert(#seen == 6 and seen[4] == 'node-1')]]
  holds [[local count = 0
    for node in nodes do for other in nodes do count = count + (node == other and 1 or 0) end end
    assert(count == 3)]]
  holds [[local scores = nodes:score(function(node) return #node.name end)
    assert(scores:get('node-1') == 6 and scores[nodes:first()] == 6 and scores:get('node-9') == 0)
    assert(scores:max() == 6 and scores:min() == 6 and scores:sum() == 18 and scores:sum(nodes - nodes) == 0)]]
  holds "assert(cx:nodes() == nodes and cx:node('node-9') == nil)"
  holds "assert(#cx:sample(nodes, 2) == 2 and cx:sample(nodes, 5) == nodes and #cx:sample(nodes, 0) == 0)"
  holds "assert(cx:sample(nodes, 2) <= nodes)"
  holds "local all = nodes; nodes = nodes - nodes; assert(#all == 3); nodes = all"

  it("narrow what match returns, whatever else is in them", function()
    local answer = support.match "return cx:nodes():matching{zone = 'b'} | nodes:matching{disk = 'ssd'}"
    assert.equal("node-2", names(answer)) -- node-3 is out of reach of the claim that is placed
  end)

  it("say why nodes left", function()
    local _, removals = support.match [[
      nodes = cx:keep(nodes, function(node) return node.name ~= "node-1" end, "not the first")
      return cx:drop(nodes, nodes:matching{zone = "b"}, "zone b")]]
    local rules = {}
    for _, removal in ipairs(removals) do
      if removal.policy == "test" and removal.claim == "pending" then
        rules[removal.rule] = table.concat(removal.nodes, " ")
      end
    end
    assert.same({["not the first"] = "node-1", ["zone b"] = "node-3"}, rules)
  end)

  it("forget reasons of nodes that did not leave", function()
    local _, removals = support.match [[
      local _ = cx:keep(nodes, nodes - nodes, "never mind")
      return nodes]]
    for _, removal in ipairs(removals) do
      assert.equal("builtin", removal.policy)
    end
  end)
end)
