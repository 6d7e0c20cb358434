-- require "chandra": the cluster, the engine and the extension points for programs.
local chandra = require "chandra"
local support = require "support"
local testing = require "chandra.testing"

local raises = support.raises

local NODE = [[
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {big: "9223372036854775807"}}
]]

describe("chandra", function()
  it("says what it is", function()
    assert.truthy(chandra.version:find("^%d+%.%d+%.%d+"))
    assert.equal(1, chandra.api)
  end)

  it("replays records", function()
    local path = "tests/conformance/random.jsonl.gz"
    if not io.open(path) then
      return pending("no records in the tree")
    end
    local result = chandra.replay(path, {policy = "policies/default.lua"})
    assert.same({}, {table.unpack(result.failures)})
    assert.equal(0, result.failed)
    assert.is_true(result.passed > 0 and result.steps > result.passed)
  end)

  it("names a record that is not there", function()
    raises("/nowhere.jsonl", function() chandra.replay("/nowhere.jsonl") end)
  end)
end)

describe("a cluster", function()
  it("loads text, tables and files, and shows objects as tables", function()
    local cluster <close> = chandra.cluster()
    cluster:load(NODE .. "---\n" .. NODE:gsub("node%-1", "node-2"))
    cluster:load{apiVersion = "v1", kind = "Node", metadata = {name = "node-3"}}
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write((NODE:gsub("node%-1", "node-4")))
    file:close()
    cluster:load(path)
    os.remove(path)
    assert.equal(4, #cluster:list("Node"))
    assert.equal("9223372036854775807", cluster:get("Node", nil, "node-1").metadata.labels.big)
    assert.is_nil(cluster:get("Node", nil, "node-9"))
  end)

  it("keeps arrays, objects, integers and null apart", function()
    local cluster <close> = chandra.cluster()
    local object = {
      apiVersion = "v1", kind = "Node", metadata = {name = "n"},
      spec = {empty = chandra.array{}, nothing = chandra.null, object = {}, big = math.maxinteger, half = 0.5,
        flag = false, list = {1, 2, 3}},
    }
    cluster:load(object)
    local spec = cluster:get("Node", "", "n").spec
    assert.equal(math.maxinteger, spec.big)
    assert.equal("integer", math.type(spec.big))
    assert.equal(0.5, spec.half)
    assert.is_nil(spec.nothing) -- servers drop nulls
    assert.equal(getmetatable(chandra.array{}), getmetatable(spec.empty))
    assert.is_nil(getmetatable(spec.object))
    assert.same({1, 2, 3}, {table.unpack(spec.list)})
    assert.is_false(spec.flag)
    local copy = cluster:request("PUT", "/api/v1/nodes/n", cluster:get("Node", "", "n"))
    assert.equal(math.maxinteger, copy.spec.big)
  end)

  it("refuses what cannot be a document", function()
    local cluster <close> = chandra.cluster()
    local cycle = {}
    cycle.cycle = cycle
    for want, value in pairs{
      ["function cannot go into a document"] = {a = print},
      ["nested deeper than 100"] = cycle,
      ["an array or an object, not both"] = {1, 2, a = 3},
      ["names of an object must be strings"] = {[true] = 1},
      ["embedded zero"] = {a = "x\0y"},
    } do
      raises(want, function() cluster:load(value) end)
    end
    raises("text:2:1", function() cluster:load("a: [\n") end)
    raises("/nowhere.yaml: No such file", function() cluster:load("/nowhere.yaml") end)
    raises("Nodde", function() cluster:load{apiVersion = "v1", kind = "Nodde"} end)
  end)

  it("keeps account of writes", function()
    local cluster <close> = chandra.cluster()
    cluster:load(NODE)
    local writes = cluster:writes()
    assert.equal(1, #writes)
    assert.same({actor = "", method = "POST", kind = "Node", namespace = "", name = "node-1",
      subresource = "", http_status = 201, time_ms = 0}, writes[1])
    assert.equal(0, #cluster:writes(2))
  end)

  it("has a clock of its own", function()
    local cluster <close> = chandra.cluster{wall_time = 1700000000}
    assert.equal(0, cluster:now())
    assert.equal(1500, cluster:advance(1500):now())
    assert.is_nil(cluster:next_due())
    assert.has_error(function() cluster:advance(-1) end)
    assert.is_boolean(cluster:settle())
  end)

  it("fails on request", function()
    local cluster <close> = chandra.cluster()
    cluster:load(NODE)
    cluster:fault{method = "GET", path = "/nodes/node-1", http_status = 503, message = "not now", count = 1}
    raises("not now", function() cluster:request("GET", "/api/v1/nodes/node-1") end)
    assert.equal("node-1", cluster:request("GET", "/api/v1/nodes/node-1").metadata.name)
    cluster:fault{method = "GET", drop = true}
    assert.has_error(function() cluster:request("GET", "/api/v1/nodes/node-1") end)
    cluster:clear_faults()
    assert.equal("node-1", cluster:request("GET", "/api/v1/nodes/node-1").metadata.name)
    cluster:compact()
    raises("not found", function() cluster:request("GET", "/api/v1/nodes/none") end)
  end)

  it("tells unknown options and wrong types", function()
    local cluster <close> = chandra.cluster()
    raises("unknown option 'sed'; did you mean 'seed'?", function() chandra.cluster{sed = 1} end)
    raises("option 'seed': want a number, got a string", function() chandra.cluster{seed = "x"} end)
    raises("want an integer", function() chandra.cluster{seed = 1.5} end)
    raises("did you mean 'http_status'", function() cluster:fault{htp_status = 5} end)
    raises("want a name", function() cluster:add_driver{} end)
    raises("want 'Fail' or 'Ignore'", function() cluster:engine{failure_policy = "Maybe"} end)
    raises("want 'detect', 'status'", function() cluster:engine{claim_naming = "x"} end)
    raises("chandra.policy expected", function() cluster:engine{policy = 5} end)
    raises("either a path or a text", function() chandra.policy{} end)
  end)
end)

describe("an engine", function()
  local world

  before_each(function()
    world = testing.world{nodes = {"node-1", "node-2"}}
    world:claim("c"):pod("pod", {{claim = "c"}})
    world.cluster:settle()
  end)

  after_each(function()
    world:close()
  end)

  it("follows the cluster", function()
    local engine = world.engine
    assert.is_true(engine:is_synced())
    assert.equal(2, engine:count("Node"))
    world.cluster:load(NODE:gsub("node%-1", "node-3"), nil):settle()
    assert.equal(3, engine:count("Node"))
    raises("unknown kind 'Nod'", function() engine:count("Nod") end)
    assert.same({}, {table.unpack(engine:policy())})
    assert.is_table(engine:log())
  end)

  it("answers at each extension point", function()
    local cluster, engine = world.cluster, world.engine
    assert.equal("Success", engine:pre_enqueue("default", "pod").code)
    local cycle = engine:cycle("default", "pod")
    assert.equal("Success", cycle:pre_filter().code)
    assert.equal("builtin", cycle:policy())
    assert.equal("Success", cycle:filter("node-1").code)
    assert.same({"node-2"}, {table.unpack(cycle:filter_all({"node-2"}).nodes)})
    assert.same({"node-1", "node-2"}, {table.unpack(cycle:filter_all().nodes)})
    assert.equal("Success", cycle:why("node-1").code)
    assert.equal("Success", cycle:pre_score().code)
    assert.equal("Skip", cycle:score().code)
    assert.is_nil(cycle:suggested())
    local answer = cycle:reserve("node-1")
    assert.truthy(answer.code == "Success" or answer.code == "Pending", answer.reason)
    answer = answer.code == "Success" and cycle:pre_bind("node-1") or answer
    assert.equal("Pending", answer.code)
    assert.truthy(#answer.reason > 0)
    cycle:unreserve("node-1")
    cycle:close()
    cluster:settle()
    cycle = engine:cycle("default", "pod")
    assert.equal("Success", cycle:pre_filter().code)
    assert.same({"node-1"}, {table.unpack(cycle:filter_all().nodes)})
    assert.equal("UnschedulableAndUnresolvable", cycle:filter("node-2").code)
    assert.truthy(cycle:why("node-2").reason:find("default/c", 1, true))
    assert.equal("c", cycle:removals()[1].claim)
    assert.equal("Success", cycle:reserve("node-1").code)
    assert.equal("Success", cycle:pre_bind("node-1").code)
    cycle:post_bind("node-1")
    assert.equal("pod", cluster:get("ResourceClaim", "default", "c").status.reservedFor[1].name)
  end)

  it("gives hints", function()
    local claim = world.cluster:get("ResourceClaim", "default", "c")
    local answer = world.engine:hint("default", "pod", "ResourceClaim", nil, claim)
    assert.truthy(answer.code == "Queue" or answer.code == "QueueSkip", answer.code)
    raises("apiVersion", function()
      world.engine:hint("default", "pod", "ResourceClaim", nil, {kind = "X"})
    end)
  end)

  it("names what is missing", function()
    raises("no pod default/none", function() world.engine:cycle("default", "none") end)
    local cycle = world.engine:cycle("default", "pod")
    cycle:pre_filter()
    raises("no node 'node-9'", function() cycle:filter_all{"node-9"} end)
  end)

  it("runs with the gate off", function()
    local engine = world.cluster:engine{disabled = true}
    world.cluster:settle()
    assert.equal("Success", engine:pre_enqueue("default", "pod").code)
  end)
end)

describe("closing", function()
  it("closes what was made from it, in any order", function()
    local cluster = chandra.cluster()
    cluster:load(NODE)
    cluster:load{apiVersion = "v1", kind = "Pod", metadata = {name = "p", namespace = "default"},
      spec = {containers = {{name = "main", image = "main"}}}}
    local engine = cluster:engine{policy = "policies/default.lua"}
    cluster:settle()
    local cycle = engine:cycle("default", "p")
    cluster:close()
    for want, use in pairs{
      ["the chandra.cycle is closed"] = function() cycle:pre_filter() end,
      ["the chandra.engine is closed"] = function() engine:pre_enqueue("default", "p") end,
      ["the chandra.cluster is closed"] = function() cluster:settle() end,
    } do
      assert.has_error(use, want)
    end
    cycle:close()
    engine:close()
    cluster:close()
    assert.equal("chandra.cluster: closed", tostring(cluster))
    assert.truthy(tostring(chandra.cluster()):find("^chandra.cluster: "))
  end)

  it("happens at the end of a scope", function()
    local kept
    do
      local cluster <close> = chandra.cluster()
      kept = cluster
    end
    assert.has_error(function() kept:now() end, "the chandra.cluster is closed")
  end)

  it("happens by garbage collection, with cycles still open", function()
    for _ = 1, 20 do
      local world = testing.world{nodes = {"node-1"}, policy = "policies/default.lua"}
      world:pod("p", {"gpu"})
      world:filter("p")
    end
    collectgarbage()
    collectgarbage()
  end)

  it("keeps a policy that an engine still has", function()
    local policy = chandra.policy("policies/default.lua")
    local world <close> = testing.world{nodes = {"node-1"}, policy = policy}
    policy:close()
    assert.has_error(function() policy:info() end, "the chandra.policy is closed")
    world:pod("p", {"gpu"})
    assert.equal("node-1", world:run()["default/p"].node)
  end)

  it("refuses methods on strangers", function()
    local cluster <close> = chandra.cluster()
    raises("chandra.cluster expected", function() cluster.settle(io.stdout) end)
    raises("chandra.cluster expected", function() cluster.settle({}) end)
    raises("chandra.cluster expected", function() cluster.close(io.stdout) end)
    assert.is_false(getmetatable(cluster))
  end)
end)

describe("chandra.testing", function()
  local function fails(want, wrong)
    local is_fine, message = pcall(wrong)
    local line = debug.getinfo(wrong, "S").linedefined
    assert.is_false(is_fine)
    assert.equal(("tests/spec/module_spec.lua:%d: %s"):format(line, want), (message:gsub("^@?%./", "")))
  end

  it("says which argument is wrong, where the spec calls", function()
    local world <close> = testing.world{nodes = {"node-1"}}
    world:pod("p", {"gpu"})
    fails("bad argument #3 to 'assert_reason' (text: want a string, got nothing)",
      function() world:assert_reason("p", "text") end)
    fails("bad argument #2 to 'assert_node' (node: want a string, got nothing)",
      function() world:assert_node("p") end)
    fails("bad argument #2 to 'assert_waiting' (text: want a string, got table)",
      function() world:assert_waiting("p", {}) end)
    fails("bad argument #1 to 'assert_writes' (count: want a number, got table)",
      function() world:assert_writes{kind = "Pod"} end)
    fails("bad argument #2 to 'pod' (uses: want a table, got string)", function() world:pod("q", "gpu") end)
    fails("bad argument #1 to 'claim' (name: want a string, got nothing)", function() world:claim() end)
    fails("bad argument #1 to 'world' (options: want a table, got nothing)", function() testing.world() end)
  end)

  it("refuses options that it does not know", function()
    fails("unknown option 'node'; did you mean 'nodes'?", function() testing.world{node = {"node-1"}} end)
    fails("unknown option 'polcy'; did you mean 'policy'?", function() testing.world{polcy = "x.lua"} end)
    fails("unknown option 'something'", function() testing.world{something = 1} end)
    fails("option 'nodes': want a table, got string", function() testing.world{nodes = "node-1"} end)
  end)
end)
