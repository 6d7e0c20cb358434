local command = dofile "tests/cli/command.lua"
local json = dofile "tests/cli/json.lua"
local run, write, path = command.run, command.write, command.path

local function has(text, part) assert.is_truthy(text:find(part, 1, true), part .. " is not in: " .. text) end
local function has_not(text, part) assert.is_nil(text:find(part, 1, true), part .. " is in: " .. text) end

-- A folder of its own for each case, since `chandra test` takes what it finds.
local count = 0
local folder
local function file(name, text) return write(folder .. "/" .. name, text) end

local function spec(body) return file("a_spec.lua", "local testing = require 'chandra.testing'\n" .. body) end

-- A policy beside the spec, whose hooks are `body`.
local function policy(body, name)
  return file((name or "p") .. ".lua", "--!chandra api=1 name=" .. (name or "p") .. " version=1\nlocal P = {}\n" .. body ..
    "\nreturn P\n")
end

-- Run on the folder: exit code, the one object, standard error.
local function test(...)
  local code, out, err = run{"test", path(folder), "-o", "json", ...}
  return code, json.decode(out), err
end

-- The result of the only case, whose body this is.
local function case(body, ...)
  spec("it('case', function()\n" .. body .. "\nend)")
  local code, result = test(...)
  assert.equal(1, #result.cases)
  return result.cases[1], code
end

describe("chandra test", function()
  setup(command.open)
  teardown(command.close)
  before_each(function()
    count = count + 1
    folder = "tests-" .. count
  end)

  it("passes all specs of this tree's policies", function()
    local code, out, err = run{"test", "policies"}
    assert.equal(0, code, out .. err)
    assert.is_truthy(out:match("^%d+ passed, 0 failed in %d+%.%d+ s\n$"), out)
  end)

  it("tells passes, failures, errors and skips apart", function()
    spec [[
describe("block", function()
  it("passes", function() assert.equal(1, 1) end)
  it("fails", function() print("seen", 1) assert.equal(1, 2) end)
  it("errs", function() local x = nil; return x.y end)
  pending("later")
  it("gives up", function() pending("no time") end)
  it("asserts nothing", function() end)
end)]]
    local code, result = test()
    assert.equal(1, code)
    assert.same({1, 2, 1, 2}, {result.passed, result.failed, result.errors, result.skipped})
    local cases = result.cases
    assert.equal("block passes", cases[1].name)
    assert.equal(path(folder) .. "/a_spec.lua", cases[2].file)
    assert.equal(4, cases[2].line)
    has(cases[2].message, "a_spec.lua:4: Expected objects to be equal.")
    has(cases[2].message, "Expected:\n(number) 1")
    assert.same({"seen 1"}, {table.unpack(cases[2].log)})
    assert.equal("error", cases[3].status)
    has(cases[3].message, "a_spec.lua:5: attempt to index a nil value")
    assert.same({"skipped", "pending"}, {cases[4].status, cases[4].message})
    assert.same({"skipped", "no time"}, {cases[5].status, cases[5].message})
    assert.equal("the case asserts nothing", cases[6].message)
  end)

  it("tells people what failed", function()
    policy("function P.match(cx, claim, nodes) print('asked') return cx:drop(nodes, nodes, 'never') end")
    spec [[
it("places", function()
  local world <close> = testing.world{nodes = {"node-1"}, policy = testing.beside "p.lua"}
  world:pod("pod", {"gpu"}):assert_node("pod", "node-1")
end)
pending("later")]]
    local code, out = run{"test", path(folder)}
    assert.equal(1, code)
    has(out, "FAIL  " .. path(folder) .. "/a_spec.lua:4: places\n")
    has(out, "a_spec.lua:4: pod default/pod: want it on node-1, got none: it waits\n")
    has(out, "left out for claim pod-claim-1")
    has(out, "node-1: never\n")
    has(out, "  log: policy p: asked\n")
    has(out, "SKIP  " .. path(folder) .. "/a_spec.lua:6: later: pending\n")
    has(out, "0 passed, 1 failed, 1 skipped in ")
  end)

  it("gives each case a state of its own", function()
    spec [[
local seen = 0
for i = 1, 3 do
  it("case " .. i, function()
    seen = seen + 1
    shared = (shared or 0) + 1
    string.mark = (string.mark or 0) + 1
    assert.same({1, 1, 1}, {seen, shared, string.mark})
  end)
end]]
    local code, result = test()
    assert.equal(0, code)
    assert.equal(3, result.passed)
  end)

  it("knows busted's words", function()
    spec [[
local steps = {}
local function step(name) return function() steps[#steps + 1] = name end end
insulate("outer", function()
  setup(step "setup") before_each(step "before") after_each(step "after") lazy_teardown(step "teardown")
  context("inner", function()
    strict_setup(step "setup 2") before_each(step "before 2")
    after_each(function() assert(table.concat(steps, ",") == "setup,setup 2,before,before 2,case,finally") end)
    spec("runs", function()
      steps[#steps + 1] = "case"
      finally(step "finally")
      assert.has_error(function() error("x", 0) end, "x")
      local s = spy.new(function() end)
      s(1)
      assert.spy(s).was_called_with(match.is_number())
      assert.is_true(true)
    end)
  end)
end)
test("before_each may fail", function() assert.is_true(true) end)
describe("broken", function()
  before_each(function() error("no cluster") end)
  it("is an error", function() assert.is_true(true) end)
end)]]
    local code, result = test()
    assert.equal(1, code)
    assert.same({2, 0, 1}, {result.passed, result.failed, result.errors})
    has(result.cases[3].message, "before_each: ")
    has(result.cases[3].message, "no cluster")
  end)

  describe("ends", function()
    for name, body in pairs{
      ["a loop"] = "while true do end",
      ["a loop that catches"] = "while true do pcall(function() while true do end end) end",
      ["a loop of coroutines"] = "while true do coroutine.wrap(function() while true do end end)() end",
      ["a loop inside Lua's library"] = "table.move({}, 1, math.maxinteger - 1, 2)",
      ["a pattern"] = "(('a'):rep(40)):find(('a-'):rep(20) .. 'b')",
      ["a finalizer"] = "setmetatable({}, {__gc = function() while true do end end}) for i = 1, 1e7 do local _ = {i} end",
    } do
      it(name, function()
        local result, code = case(body, "--timeout", "200ms")
        assert.equal(1, code)
        assert.equal("failed", result.status)
        has(result.message, "the case ran longer than 200 ms")
        assert.is_true(result.durationMs < 1000)
      end)
    end

    it("what fills the memory", function()
      local result, code = case("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e6) .. i end")
      assert.equal(1, code)
      assert.equal("error", result.status)
      has(result.message, "not enough memory")
    end)

    it("a spec that loops before it has cases", function()
      spec "while true do end"
      local code, _, err = test("--timeout", "200ms")
      assert.equal(2, code)
      has(err, "a_spec.lua:2: ")
      has(err, "ran longer than 200 ms")
    end)

    it("and goes on with the other cases", function()
      spec("it('one', function() while true do end end)\nit('two', function() assert.is_true(true) end)")
      local _, result = test("--timeout", "100ms")
      assert.same({1, 1}, {result.passed, result.failed})
    end)
  end)

  it("keeps specs from the host", function()
    for _, body in ipairs{"io.open('x')", "os.exit(0)", "os.execute('true')", "load('return 1')", "loadfile('x')",
      "dofile('x')", "debug.getinfo(1)", "collectgarbage()", "package.loadlib('x', 'y')", "require 'io'", "require 'os'",
      "require 'pl.path'", "require '../p'", "require '/etc/passwd'", "require 'lfs'", "_G.io.write('x')",
      "getmetatable(assert).__index.io.open('x')", "string.dump(1)"} do
      local result, code = case(body .. "\nassert.is_true(true)")
      assert.equal(1, code, body)
      assert.equal("error", result.status, body)
    end
  end)

  it("keeps going whatever is raised", function()
    for _, body in ipairs{"error()", "error({})", "error(setmetatable({}, {__tostring = function() error('x') end}))",
      "error('\\0\\255\\27[31m')", "getmetatable('').__index.match = nil error('x')", "string.format = nil error('x')",
      "local function f() return 1 + f() end f()", "getmetatable(assert).__call = nil assert(true)"} do
      local result, code = case(body)
      assert.equal(1, code, body)
      assert.equal("error", result.status, body)
      assert.is_nil(result.message:find("[\0-\8\27]"), body)
    end
  end)

  it("gives specs the same random numbers in every run", function()
    local body = "print(math.random(1 << 40)) assert.is_true(true)"
    assert.equal(case(body).log[1], case(body).log[1])
  end)

  it("requires modules beside the spec, and no others", function()
    file("kit.lua", "return {two = 2, has_io = io ~= nil}")
    file("deep/kit.lua", "return 3")
    local result = case [[assert.same({2, false, 3}, {require("kit").two, require "kit".has_io, require "deep.kit"})]]
    assert.equal("passed", result.status)
    result = case "require 'none'"
    has(result.message, "module 'none' not found")
  end)

  describe("chooses by", function()
    before_each(function()
      spec [[
describe("nodes #slow", function()
  it("are spread #unit", function() assert.is_true(true) end)
  it("are packed", function() assert.is_true(true) end)
end)
it("claims #unit-2", function() assert.is_true(true) end)]]
    end)

    local function names(...)
      local code, result = test(...)
      local list = {}
      for i, each in ipairs(result.cases or {}) do
        list[i] = each.name:match("spread") or each.name:match("packed") or "claims"
      end
      return table.concat(list, " "), code
    end

    it("name", function()
      assert.equal("packed", (names("--filter", "are packed")))
      assert.equal("packed claims", (names("--filter", "packed", "--filter=claims")))
    end)

    it("tags", function()
      assert.equal("spread packed", (names("--tags", "slow")))
      assert.equal("spread claims", (names("--tags", "unit,unit-2")))
      assert.equal("packed claims", (names("--exclude-tags", "unit")))
      assert.equal("packed", (names("--tags", "slow", "--exclude-tags", "unit")))
    end)

    it("what means something", function()
      local code, result, err = test("--filter", "xyzzy")
      assert.equal(2, code)
      assert.equal(2, result.error.code)
      has(err, "no case is meant")
    end)

    it("listing them", function()
      local code, out = run{"test", path(folder), "--list", "--tags", "slow"}
      assert.equal(0, code)
      local name = path(folder) .. "/a_spec.lua"
      assert.equal(name .. ":3: nodes #slow are spread #unit\n" .. name .. ":4: nodes #slow are packed\n", out)
      local _, result = test("--list", "--filter", "packed")
      assert.same({1, "nodes #slow are packed", 4}, {#result.cases, result.cases[1].name, result.cases[1].line})
    end)
  end)

  it("shuffles by a seed that it tells", function()
    local lines = {}
    for i = 1, 20 do lines[i] = ("it('%02d', function() assert.is_true(true) end)"):format(i) end
    spec(table.concat(lines, "\n"))
    local function order(...)
      local _, result = test("--shuffle", ...)
      local list = {}
      for i, each in ipairs(result.cases) do list[i] = each.name end
      return table.concat(list, " "), result.seed
    end
    local first, seed = order()
    assert.equal(first, (order("--seed", tostring(seed))))
    assert.not_equal(first, (order("--seed", tostring(seed + 1))))
    local _, out = run{"test", path(folder), "--shuffle", "--seed", "7"}
    has(out, ", seed 7\n")
  end)

  it("repeats, ends at the first failure, and takes skips for failures on request", function()
    spec("it('one', function() assert.is_true(true) end)\npending('later')")
    local code, result = test("--count", "3")
    assert.same({0, 3, 3}, {code, result.passed, result.skipped})
    assert.same({1, 2, 3}, {result.cases[1].run, result.cases[3].run, result.cases[5].run})
    assert.equal(1, (test("--fail-on-skip")))
    spec("it('one', function() assert.is_true(false) end)\nit('two', function() assert.is_true(true) end)")
    code, result = test("--fail-fast")
    assert.same({1, 1}, {code, #result.cases})
  end)

  it("prints TAP", function()
    spec("it('a#b', function() assert.is_true(true) end)\nit('c', function() assert.equal(1, 2) end)\npending('d')")
    local code, out = run{"test", path(folder), "-o", "tap"}
    assert.equal(1, code)
    local lines = {}
    for line in out:gmatch("[^\n]+") do lines[#lines + 1] = line end
    assert.equal("TAP version 14", lines[1])
    assert.equal("1..3", lines[2])
    assert.equal("ok 1 - a\\#b", lines[3])
    assert.equal("not ok 2 - c", lines[4])
    has(out, "\n  ---\n  severity: fail\n  at: \"" .. path(folder) .. "/a_spec.lua:3\"\n  message: |\n    ")
    has(out, "\n  ...\nok 3 - d # SKIP pending\n")
  end)

  it("prints JUnit XML", function()
    spec("it('a <b> & \"c\"', function() assert.is_true(true) end)\n" ..
      "it('c', function() print('<log>') assert.equal(1, 2) end)\nit('d', function() error('x') end)\npending('e')")
    local code, out = run{"test", path(folder), "-o", "junit"}
    assert.equal(1, code)
    has(out, '<testsuites name="chandra test" tests="4" failures="1" errors="1" skipped="1">')
    has(out, 'name="a &lt;b&gt; &amp; &quot;c&quot;"')
    -- Every element is closed in its turn, and no text holds a bare bracket.
    local open, counts = {}, {}
    for text, tag in out:gsub("^<%?.-%?>", ""):gmatch("([^<]*)<([^>]*)>") do
      assert.is_nil(text:find(">", 1, true))
      local name = tag:match("^/?([%w-]+)")
      if tag:sub(1, 1) == "/" then
        assert.equal(table.remove(open), name)
      else
        counts[name] = (counts[name] or 0) + 1
        if tag:sub(-1) ~= "/" then open[#open + 1] = name end
      end
    end
    assert.same({}, open)
    assert.same({testsuites = 1, testsuite = 1, testcase = 4, failure = 1, error = 1, skipped = 1, ["system-out"] = 1}, counts)
    has(out, "<system-out>&lt;log&gt;\n</system-out>")
  end)

  describe("measures coverage", function()
    local POLICY = [[
local function far(node)
  return node.name == "far"
end
function P.match(cx, claim, nodes)
  if claim.allocated then
    local kept = nodes
    return kept & nodes
  end
  return cx:drop(nodes, far,
    "too far")
end
function P.suggest()
  local function never()
    return 1
  end
  return nil
end]]
    local SPEC = [[
it("drops", function()
  local world <close> = testing.world{nodes = {"far", "near"}, policy = testing.beside "p.lua"}
  world:pod("pod", {"gpu"}):assert_feasible("pod", {"near"})
end)]]

    before_each(function()
      policy(POLICY)
      spec(SPEC)
    end)

    it("by line, exactly", function()
      local code, result = test("--coverage")
      assert.equal(0, code)
      assert.equal(1, #result.coverage.files)
      local covered = result.coverage.files[1]
      assert.equal(path(folder) .. "/p.lua", covered.file)
      -- No claim is allocated, and suggest is not asked.
      assert.same({8, 9, 16, 18}, {table.unpack(covered.notExecuted)})
      assert.same({12, 8}, {covered.lines, covered.covered})
      assert.is_true(math.abs(result.coverage.percent - 800 / 12) < 1e-9)
    end)

    it("as a table", function()
      local _, out = run{"test", path(folder), "--coverage"}
      has(out, "POLICY")
      assert.is_truthy(out:match("/p%.lua +8/12 +66%.7%% +8%-9, 16%-18\n"), out)
      assert.is_truthy(out:match("\nall +8/12 +66%.7%%"), out)
    end)

    it("as LCOV", function()
      local lcov = path(folder .. "/out.info")
      assert.equal(0, (run{"test", path(folder), "--coverage", "--lcov", lcov}))
      local text = command.read(folder .. "/out.info")
      has(text, "TN:\nSF:" .. path(folder) .. "/p.lua\nDA:2,1\n")
      has(text, "\nDA:8,0\n")
      has(text, "\nLF:12\nLH:8\nend_of_record\n")
      local lines, hit = 0, 0
      for hits in text:gmatch("DA:%d+,(%d+)") do
        lines, hit = lines + 1, hit + (hits ~= "0" and 1 or 0)
      end
      assert.same({12, 8}, {lines, hit})
      local code, _, err = run{"test", path(folder), "--coverage", "--lcov", path("no/such/out.info")}
      assert.equal(2, code)
      has(err, "no/such/out.info")
    end)

    it("against a threshold", function()
      assert.equal(0, (test("--coverage", "--threshold", "66")))
      local code, _, err = test("--coverage", "--threshold", "67")
      assert.equal(1, code)
      has(err, "66.7% of the lines were executed, want 67.0%")
      assert.equal(2, (test("--coverage", "--threshold", "101")))
      code, _, err = test("--threshold", "50")
      assert.equal(2, code)
      has(err, "--threshold goes with --coverage")
    end)

    it("of policies that nothing runs too", function()
      policy("function P.match(cx, claim, nodes)\n  return nodes\nend", "idle")
      local _, result = test("--coverage")
      assert.equal(2, #result.coverage.files)
      has(result.coverage.files[1].file, "/idle.lua")
      assert.same({4, 0}, {result.coverage.files[1].lines, result.coverage.files[1].covered})
    end)
  end)

  describe("asks policies twice and", function()
    local function places(body)
      policy(body)
      return case [[
local world <close> = testing.world{nodes = {"node-1", "node-2"}, policy = testing.beside "p.lua"}
for i = 1, 4 do world:pod("pod-" .. i, {"gpu"}) end
world:run()
local is_placed = true
for _, placement in pairs(world.placements) do is_placed = is_placed and placement.node ~= nil end
assert.is_true(is_placed)]]
    end

    it("finds what is kept between calls", function()
      local result, code = places("local n = 0\nfunction P.match(cx, claim, nodes) n = n + 1\n" ..
        "return n < 3 and nodes or cx:keep(nodes, cx:nodes():matching{x = 'y'}, 'no x') end")
      assert.equal(3, code)
      assert.equal("error", result.status)
      has(result.fault, "/p.lua:4: match keeps no node in one VM, and node-1, node-2 in another")
      has(result.fault, "a policy must keep nothing between its calls (hook match, claim default/")
      has(result.fault, "policy p)")
    end)

    it("finds it whatever the spec or its failure policy makes of it", function()
      policy("local n = 0\nfunction P.match(cx, claim, nodes) n = n + 1\nreturn n < 2 and nodes or nodes - nodes end")
      local result, code = case [[
local world <close> = testing.world{nodes = {"node-1"}, policy = testing.beside "p.lua", failure_policy = "Ignore"}
world:pod("pod", {"gpu"}):assert_node("pod", "node-1")]]
      assert.equal(3, code)
      assert.equal("error", result.status)
      has(result.message, "match keeps no node in one VM, and node-1 in another")
    end)

    it("lets chance be the same in both", function()
      local result, code = places("function P.scores(cx, pod, nodes)\n" ..
        "return nodes:score(function() return cx:random(100) - 1 end) end\n" ..
        "function P.suggest(cx, pod, nodes) return cx:sample(nodes, 1), nil end")
      assert.equal("passed", result.status)
      assert.equal(0, code)
    end)

    it("asks once where a spec says so", function()
      policy("local n = 0\nfunction P.scores(cx, pod, nodes) n = n + 1\nreturn nodes:score(function() return n end) end")
      local result, code = case [[
local chandra = require "chandra"
local world <close> = testing.world{nodes = {"node-1", "node-2"}, policy = chandra.policy{testing.beside "p.lua", twice = false}}
for i = 1, 3 do world:pod("pod-" .. i, {"gpu"}) end
assert.truthy(world:run()["default/pod-3"].node)]]
      assert.equal("passed", result.status)
      assert.equal(0, code)
    end)
  end)

  it("says when a policy failed", function()
    policy("function P.match() error('broken') end")
    local result, code = case [[
testing.world{nodes = {"node-1"}, policy = testing.beside "p.lua"}:pod("pod", {"gpu"}):assert_node("pod", "node-1")]]
    assert.equal(3, code)
    has(result.fault, "broken (hook match, claim default/")
    -- A spec that wants the failure passes.
    result, code = case [[
testing.world{nodes = {"node-1"}, policy = testing.beside "p.lua"}:pod("pod", {"gpu"}):assert_waiting("pod", "broken")]]
    assert.equal("passed", result.status)
    assert.equal(0, code)
  end)

  it("survives every policy that attacks", function()
    local lines = {"local testing = require 'chandra.testing'"}
    local pipe <close> = assert(io.popen("ls tests/spec/sandbox"))
    for name in pipe:lines() do
      lines[#lines + 1] = ([[
it(%q, function()
  local source = {path = "tests/spec/sandbox/%s"}
  local is_loaded, policy = pcall(require("chandra").policy, {source, timeout_ms = 2000, instruction_limit = 200000})
  if is_loaded then
    local world <close> = testing.world{nodes = {"node-1", "node-2"}, policy = policy}
    world:pod("pod", {"gpu", "gpu"})
    world.cluster:settle()
    testing.try(world.cluster, world.engine, "default", "pod")
  end
  assert.is_true(true)
end)]]):format(name, name)
    end
    spec(table.concat(lines, "\n"))
    local code, result = test("--timeout", "30s")
    assert.equal(0, code)
    assert.equal(#lines - 1, result.passed)
  end)

  describe("replays records", function()
    local cluster = [[
apiVersion: v1
kind: Node
metadata: {name: node-1}
---
apiVersion: resource.k8s.io/v1alpha2
kind: ResourceClass
metadata: {name: gpu}
driverName: gpu.example.com
---
apiVersion: resource.k8s.io/v1alpha2
kind: ResourceClaim
metadata: {name: claim, namespace: default}
spec: {resourceClassName: gpu}
---
apiVersion: v1
kind: Pod
metadata: {name: pod, namespace: default}
spec: {containers: [{name: main, image: main}], resourceClaims: [{name: a, source: {resourceClaimName: claim}}]}
]]

    local function record(name)
      local manifest = file("cluster.yaml", cluster)
      file(name:gsub("[^/]*$", ".keep"), "")
      assert.equal(0, (run{"simulate", manifest, "--record", path(folder .. "/" .. name)}))
    end

    it("case by case", function()
      record("run.jsonl.gz")
      record("plain.jsonl")
      local code, result = test()
      assert.equal(0, code)
      assert.equal(2, result.passed)
      has(result.cases[1].file, "plain.jsonl")
      assert.equal(1, result.cases[1].line)
    end)

    it("and tells what differs", function()
      record("run.jsonl")
      local bad = policy("function P.match(cx, claim, nodes) return nodes - nodes end")
      local code, result = test("--policy", bad)
      assert.equal(1, code)
      has(result.cases[1].message, "run.jsonl:")
      has(result.cases[1].message, "\nwant: ")
      has(result.cases[1].message, "\ngot:  ")
    end)

    it("but not every file of JSON lines in a folder", function()
      record("run.jsonl")
      file("log.jsonl", '{"level": "info"}\n')
      assert.equal(0, (test()))
      local code, _, err = run{"test", path(folder .. "/log.jsonl")}
      assert.equal(2, code)
      has(err, "log.jsonl:1")
    end)
  end)

  describe("refuses", function()
    it("paths that hold no test", function()
      file("readme.txt", "")
      local code, result, err = test()
      assert.equal(2, code)
      assert.equal("ENOTFOUND", result.error.reason)
      has(err, "no test here")
      has(select(3, run{"test", path("none")}), "No such file")
      has(select(3, run{"test", path(folder .. "/readme.txt")}), "neither a spec")
    end)

    it("specs without luassert, saying where to get it", function()
      spec("it('x', function() assert.is_true(true) end)")
      local code, _, err = run({"test", path(folder)}, {env = {LUA_PATH = "/nowhere/?.lua"}})
      assert.equal(2, code)
      has(err, "lua-luassert")
      has(err, "module 'luassert' not found")
    end)

    it("specs that do not load, and runs the others", function()
      file("b_spec.lua", "it('fine', function() assert.is_true(true) end)")
      spec("it('x', function(")
      local code, result, err = test()
      assert.equal(2, code)
      assert.same({1, 1}, {result.passed, result.errors})
      has(err, "a_spec.lua:2: ")
      has(result.cases[1].message, "a_spec.lua:2: ")
      has(select(2, run{"test", path(folder), "-o", "junit"}), 'name="(the file does not load)"')
      spec("error('at load')")
      has(select(3, test()), "at load")
      spec("local x = 1")
      has(select(3, test()), "has no case")
      file("a_spec.lua", "\27Lua")
      assert.equal(2, (test()))
    end)
  end)

  it("runs what plain busted runs", function()
    local name = policy("function P.match(cx, claim, nodes) return nodes end")
    local text = spec([[
describe("both", function()
  it("place", function()
    local world <close> = testing.world{nodes = {"node-1"}, policy = testing.beside "p.lua"}
    world:pod("pod", {"gpu"}):assert_node("pod", "node-1")
    assert.has_error(function() world:assert_node("pod", "node-2") end)
  end)
end)]])
    assert.is_string(name)
    assert.equal(0, (test()))
    -- busted finds the module by .busted of this tree; this spec runs under it.
    if os.getenv("CHANDRA_LUA_DIR") then
      local is_fine = os.execute("busted --output=TAP '" .. text .. "' >'" .. path(".busted") .. "' 2>&1")
      assert.is_true(is_fine, command.read(".busted"))
      has_not(command.read(".busted"), "not ok")
    end
  end)
end)
