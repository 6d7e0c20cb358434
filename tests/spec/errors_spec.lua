-- Every failure is one line: file, line, what, hook, claim, policy, and the source.
local chandra = require "chandra"
local support = require "support"

local function failing(body, options)
  local policy = {support.source("match", "cx, claim, nodes", body)}
  for name, value in pairs(options or {}) do
    policy[name] = value
  end
  return policy
end

local function reason_of(policy, failure_policy)
  local world <close> = support.world(policy, {failure_policy = failure_policy})
  local cycle, answer = world:filter("pod")
  cycle:close()
  return answer, world.engine:log()
end

describe("errors of policies", function()
  it("name file, line, hook, claim, policy and source", function()
    local answer = reason_of(failing("  local x = nil\n  return x.y"))
    assert.equal("Error", answer.code)
    assert.equal("ESCRIPT", answer.status)
    assert.truthy(answer.reason:find(
      "test.lua:6: attempt to index a nil value (local 'x') (hook match, claim default/pending, " ..
      "policy test): return x.y", 1, true), answer.reason)
  end)

  it("tell budgets apart", function()
    local loop = failing("while true do end", {instruction_limit = 9000, timeout_ms = 60000})
    local answer = reason_of(loop)
    assert.equal("EBUDGET", answer.status)
    assert.truthy(answer.reason:find("test.lua:5: over the limit of 9000 instructions", 1, true))
    local hoard = failing("local t = {} while true do t[#t + 1] = {} end",
      {memory_limit = 200000, timeout_ms = 60000})
    answer = reason_of(hoard)
    assert.equal("EBUDGET", answer.status)
    assert.truthy(answer.reason:find("over the limit of 200000 bytes", 1, true))
    local slow = failing("while true do end", {instruction_limit = 1 << 60, timeout_ms = 10})
    answer = reason_of(slow)
    assert.equal("EBUDGET", answer.status)
    assert.truthy(answer.reason:find("over the limit of 10 ms", 1, true))
  end)

  it("let the hard rules decide under failurePolicy Ignore, and are logged", function()
    local answer, log = reason_of(failing("error('no luck')"), "Ignore")
    assert.equal("Success", answer.code)
    assert.equal("node-1 node-2", table.concat(answer.nodes, " "))
    assert.truthy(table.concat(log, "\n"):find("no luck", 1, true))
  end)

  it("are told apart from nodes that a policy leaves out", function()
    local world <close> = support.world{support.source("match", "cx, claim, nodes",
      "return cx:drop(nodes, nodes, 'not today')")}
    world:pod("one", {"gpu"})
    local placement = world:run()["default/one"]
    assert.equal("Unschedulable", placement.code)
    assert.truthy(placement.reason:find("^no node is left; %d+ by claim %S+: not today$"), placement.reason)
  end)

  it("do not touch other pods", function()
    local world <close> = support.world{support.source("match", "cx, claim, nodes",
      "if cx.pod.name == 'bad' then error('bad pod') end return nodes")}
    world:pod("bad", {"gpu"}):pod("good", {"gpu"})
    local placements = world:run()
    assert.is_nil(placements["default/bad"].node)
    assert.truthy(placements["default/bad"].reason:find("bad pod", 1, true))
    assert.truthy(placements["default/good"].node)
  end)

  it("come in suggest without a place being picked", function()
    local world <close> = support.world{support.source("suggest", "cx, pod, nodes", "error('no idea')")}
    local placement = world:run()["default/pod"]
    assert.is_nil(placement.node)
    assert.truthy(placement.reason:find("no idea", 1, true))
    assert.truthy(placement.reason:find("hook suggest, policy test", 1, true))
  end)

  it("never widen what the hard rules allow", function()
    local world <close> = support.world{support.source("match", "cx, claim, nodes", "return cx:nodes()")}
    local _, answer = world:filter("pod")
    assert.equal("node-1 node-2", table.concat(answer.nodes, " "))
  end)
end)

describe("chandra.check", function()
  local function findings(text)
    local lines = {}
    for i, finding in ipairs(chandra.check{name = "p.lua", text = text}) do
      lines[i] = ("%s:%d: %s"):format(finding.file, finding.line, finding.message)
    end
    return table.concat(lines, "\n")
  end
  local HEADER = "--!chandra api=1 name=p version=1\n"

  it("finds nothing in the policies of the project", function()
    for _, name in ipairs{"default", "spread", "binpack", "zone_affinity", "sticky"} do
      assert.same({}, {table.unpack(chandra.check("policies/" .. name .. ".lua"))})
    end
  end)

  it("finds globals, misspelt names and unknown hooks", function()
    assert.equal(table.concat({
      "p.lua:3: writes the global 'count'; make it a local",
      "p.lua:4: claim has no field 'alocated'; did you mean 'allocated'?",
      "p.lua:5: cx has no method 'kep'; did you mean 'keep'?",
      "p.lua:6: library string has no member 'uper'; did you mean 'upper'?",
      "p.lua:7: unknown global 'tostrng'; did you mean 'tostring'?",
    }, "\n"), findings(HEADER .. [[
return {match = function(cx, claim, nodes)
  count = 1
  local _ = claim.alocated
  nodes = cx:kep(nodes)
  local _ = string.uper("a")
  return tostrng(nodes)
end}]]))
    assert.truthy(findings(HEADER .. "return {macth = function() end}"):find(
      "unknown hook 'macth'; did you mean 'match'?", 1, true))
  end)

  it("finds what does not parse or load", function()
    assert.truthy(findings(HEADER .. "return {"):find("^p.lua:2: .*unexpected symbol") or
      findings(HEADER .. "return {"):find("p.lua:2: ", 1, true))
    assert.truthy(findings("return {}"):find("want a first line", 1, true))
    assert.truthy(findings("--!chandra api=1 name=a name=b version=1\nreturn {}"):find("'name=' occurs twice", 1, true))
    assert.equal("", findings("\u{FEFF}" .. HEADER .. "return {match = function(cx, claim, nodes) return nodes end}"))
    assert.truthy(findings(HEADER .. "error('x')"):find("p.lua:2: x", 1, true))
  end)

  it("does not blame locals, fields, labels and methods", function()
    assert.equal("", findings(HEADER .. [[
local Z <const>, other = "zone", 1
local function helper(a, ...) local t = {a = a, [Z] = other, ...} return t.a, t.anything end
local P = {}
function P.match(cx, claim, nodes)
  for i = 1, 3 do ::again:: if i > 5 then goto again end helper(i) end
  for node in nodes do if node.labels[Z] then break end end
  return cx:keep(nodes, function(node) return node.labels.zone end, claim.name)
end
return P]]))
  end)
end)
