local command = dofile "tests/cli/command.lua"
local manifests = dofile "tests/cli/manifests.lua"
local run, run_json, write = command.run, command.run_json, command.write
local json = dofile "tests/cli/json.lua"

local function has(text, part) assert.is_truthy(text:find(part, 1, true), part .. " is not in: " .. text) end

local names = {"simulate", "explain", "replay", "test", "new", "check", "bench", "profile", "capabilities", "version"}

describe("chandra", function()
  setup(command.open)
  teardown(command.close)

  describe("helps", function()
    it("on its commands", function()
      for _, arguments in ipairs {{"--help"}, {"-h"}, {"help"}} do
        local code, out, err = run(arguments)
        assert.equal(0, code)
        assert.equal("", err)
        for _, name in ipairs(names) do has(out, "\n  " .. name) end
      end
    end)

    it("on each of them, within 80 columns", function()
      for _, name in ipairs(names) do
        local code, out = run {name, "--help"}
        assert.equal(0, code)
        has(out, "Usage: chandra " .. name)
        has(out, "-h, --help")
        has(out, "Exit codes:")
        for line in out:gmatch("[^\n]+") do assert.is_true(#line <= 80, line) end
        local _, other = run {"help", name}
        assert.equal(out, other)
        _, other = run {name, "-h", "--nonsense"}
        assert.equal(out, other)
      end
    end)

    it("with the flags that the manual page has", function()
      local file = assert(io.open("bindings/cli/chandra.1.scd"))
      local manual = file:read("a")
      file:close()
      for _, name in ipairs(names) do
        local _, out = run {name, "--help"}
        local section = assert(manual:match("\n## chandra " .. name .. "(.-)\n#"), name)
        local helped, documented = {}, {}
        for letter, flag, value in out:gmatch("\n  ([ -][ %a][ ,]) %-%-([%w-]+) ?(%u*)") do
          if flag ~= "help" then helped[#helped + 1] = letter:gsub("[ ,]", "") .. "|" .. flag .. "|" .. value end
        end
        for line in section:gmatch("\n(%*%-[^\n]*)") do
          local flag = assert(line:match("%*%-%-([%w-]+)%*"), line)
          local letter, value = line:match("^%*(%-%a)%*") or "", line:match("_(%u+)_") or ""
          documented[#documented + 1] = letter .. "|" .. flag .. "|" .. value
        end
        table.sort(helped)
        table.sort(documented)
        assert.is_true(#helped > 0)
        assert.same(helped, documented)
      end
    end)
  end)

  describe("refuses", function()
    local function refuses(arguments, ...)
      local code, out, err = run(arguments)
      assert.equal(2, code)
      assert.equal("", out)
      for _, part in ipairs {...} do has(err, part) end
    end

    it("no command, an unknown one, and flags before it", function()
      refuses({}, "a command is missing", "--help")
      refuses({"simulat"}, 'unknown command "simulat", did you mean "simulate"?')
      refuses({"xyzzy"}, 'unknown command "xyzzy"', "--help")
      refuses({"--policy", "x"}, "unknown flag --policy before the command")
      refuses({"help", "chek"}, 'did you mean "check"?')
    end)

    it("unknown flags, with what may have been meant", function()
      refuses({"simulate", "--polcy", "x", "y"}, "unknown flag --polcy, did you mean --policy?")
      refuses({"simulate", "--xyzzy", "y"}, "unknown flag --xyzzy", "chandra simulate --help")
      refuses({"simulate", "-x", "y"}, "unknown flag -x")
      refuses({"replay", "--help=1", "y"}, "takes no value")
      refuses({"replay", "--strict-reasons=maybe", "y"}, "--strict-reasons: want true or false")
    end)

    it("values that are missing or wrong", function()
      refuses({"simulate", "y", "--nodes"}, "flag --nodes needs a value")
      refuses({"simulate", "--nodes", "many", "y"}, "--nodes: want a whole number", '"many"')
      refuses({"simulate", "--nodes", "-1", "y"}, "--nodes: want a whole number")
      refuses({"simulate", "--nodes", "99999999999999999999", "y"}, "--nodes: want a whole number")
      refuses({"simulate", "--nodes", "100001", "y"}, "--nodes: want a whole number from 0 to 100000")
      refuses({"bench", "--claims", "0"}, "--claims: want a whole number from 1 to 1000")
      refuses({"simulate", "-o", "xml", "y"}, "--output: want one of table|json|yaml", '"xml"')
      refuses({"bench", "--case", "idle"}, "--case: want one of pending|allocated")
    end)

    it("arguments that are missing or too many", function()
      refuses({"simulate"}, "FILE... is missing")
      refuses({"check"}, "FILE... is missing")
      refuses({"replay"}, "FILE... is missing")
      refuses({"version", "now"}, 'unexpected argument "now"')
      refuses({"bench", "everything"}, "everything: No such file or directory")
    end)

    it("with one object when -o says so, wherever it stands", function()
      for _, arguments in ipairs {{"simulate", "--polcy", "x", "y"}, {"simulate"}, {"check", "no/such.lua"},
        {"simulat"}, {"replay", "no/such.jsonl"}, {"bench", "no"}} do
        local code, result = run_json(arguments)
        assert.equal(2, code)
        assert.equal(2, result.error.code)
        assert.is_string(result.error.reason)
        assert.is_string(result.error.message)
        assert.is_not_nil(result.error.path)
      end
      local code, out = run {"simulate", "-o", "yaml"}
      assert.equal(2, code)
      has(out, "error:\n")
      has(out, "code: 2")
    end)
  end)

  describe("reads the environment", function()
    local path

    before_each(function() path = write("good.yaml", manifests.simple()) end)

    it("for flags", function()
      local _, out = run({"simulate", path}, {env = {CHANDRA_SIMULATE_OUTPUT = "json", CHANDRA_SIMULATE_NODES = "5"}})
      has(out, '"nodes": 5')
    end)

    it("after the command line", function()
      local _, result = run_json({"simulate", "--nodes", "2", path}, {env = {CHANDRA_SIMULATE_NODES = "5"}})
      assert.equal(2, result.nodes)
    end)

    it("and names the variable in errors", function()
      local code, _, err = run({"simulate", path}, {env = {CHANDRA_SIMULATE_NODES = "x"}})
      assert.equal(2, code)
      has(err, "CHANDRA_SIMULATE_NODES: want a whole number")
      code = run({"replay", path}, {env = {CHANDRA_REPLAY_STRICT_REASONS = "maybe"}})
      assert.equal(2, code)
    end)
  end)

  it("tells its version", function()
    local code, out = run {"version"}
    assert.equal(0, code)
    assert.is_truthy(out:match("^chandra %d+%.%d+%.%d+ %(script API 1, resource%.k8s%.io/v1alpha2%)\n$"))
    local _, other = run {"--version"}
    assert.equal(out, other)
    local _, result = run_json {"version"}
    assert.equal(out:match("%d+%.%d+%.%d+"), result.version)
    assert.equal(1, result.scriptAPI)
    _, out = run {"version", "-o", "yaml"}
    has(out, "version: ")
  end)

  describe("check", function()
    it("is content with good policies", function()
      local code, out = run {"check", "policies/default.lua"}
      assert.equal(0, code)
      assert.equal("policies/default.lua: ok\n", out)
      local _, result = run_json {"check", "policies/default.lua"}
      assert.equal(0, result.findingCount)
      assert.same({}, result.findings)
    end)

    it("says where others are wrong", function()
      local path = write("typo.lua", "--!chandra api=1 name=typo version=1.0.0\nlocal P = {}\n" ..
        "function P.mach(cx, claim, nodes) return nodes end\nreturn P\n")
      local code, out = run {"check", path}
      assert.equal(1, code)
      assert.is_truthy(out:match("typo%.lua:3:12: "))
      has(out, "match")
      local json_code, result = run_json {"check", path}
      assert.equal(1, json_code)
      assert.equal(1, result.findingCount)
      assert.equal(path, result.findings[1].file)
      assert.is_number(result.findings[1].line)
    end)

    it("reads standard input, and says what it cannot read", function()
      local code = run({"check", "-"}, {stdin = "this is no Lua"})
      assert.equal(1, code)
      code = run {"check", "no/such.lua"}
      assert.equal(2, code)
    end)
  end)

  describe("bench", function()
    for _, case in ipairs {"pending", "allocated"} do
      it("measures " .. case .. " claims", function()
        local code, result = run_json {"bench", "--nodes", "200", "--claims", "2", "--case", case}
        assert.equal(0, code)
        assert.equal(case, result.case)
        assert.equal(100, result.feasible)
        assert.is_true(result.ns_per_cycle > 0)
        assert.is_true(result.cycles > 0)
        assert.is_true(math.abs(result.ns_per_node_claim * 400 - result.ns_per_cycle) < result.ns_per_cycle / 100 + 1)
      end)
    end

    it("measures a policy's hooks, and the default in turns with it", function()
      local code, result = run_json {"bench", "policies/zone_affinity.lua", "policies/spread.lua",
        "--nodes", "50", "--claims", "2"}
      assert.equal(0, code)
      local calls = {}
      for _, cost in ipairs(result.hooks) do
        calls[cost.policy .. "." .. cost.hook] = cost.calls_per_attempt
        assert.is_true(cost.ns_per_call > 0)
        assert.is_true(cost.ns_per_node > 0)
        assert.is_true(cost.allocations_per_call > 0 and cost.bytes_per_call > cost.allocations_per_call)
      end
      assert.same({["zone_affinity.match"] = 2, ["spread.scores"] = 1}, calls)
      assert.is_true(result.ns_per_attempt > result.ns_per_cycle)
      assert.is_true(result.attempt_ratio > 0)
      has(result.default.policy, "default@")
      has(result.policy, "zone_affinity@")
    end)

    it("prints text, and ends with 3 when the policy fails", function()
      local path = write("broken.lua", "--!chandra api=1 name=broken version=1.0.0\nlocal P = {}\n" ..
        "function P.match() error('no') end\nreturn P\n")
      local code, _, err = run {"bench", path}
      assert.equal(3, code)
      has(err, "broken.lua:3:")
      local text_code, out = run {"bench", "--nodes", "50"}
      assert.equal(0, text_code)
      has(out, "for each node and claim")
      has(out, "default  match    1 ")
    end)
  end)

  describe("profile", function()
    it("shows where the time goes, and writes stacks and a trace", function()
      local folded, trace = write("stacks.txt", ""), write("trace.json", "")
      local code, result = run_json {"profile", "policies/spread.lua", "--nodes", "30", "--attempts", "4",
        "--folded", folded, "--trace", trace}
      assert.equal(0, code)
      local functions, sum = {}, 0
      for _, row in ipairs(result.functions) do
        functions[row["function"]] = row
        sum = sum + row.self_ns
      end
      assert.equal(result.ns, sum)
      assert.equal(4, functions["scores (spread.lua:8)"].calls)
      assert.equal(4, functions.count_claims.calls)
      assert.is_true(functions["scores (spread.lua:8)"].total_ns > functions["scores (spread.lua:8)"].self_ns)

      local stacks = 0
      for line in io.lines(folded) do
        assert.truthy(line:match("^spread%.scores[^\n]* %d+$"), line)
        stacks = stacks + 1
      end
      assert.is_true(stacks > 3)

      local file = assert(io.open(trace))
      local events = json.decode(file:read("a")).traceEvents
      file:close()
      local spans = 0
      for _, event in ipairs(events) do
        if event.ph == "X" then
          assert.is_true(event.ts >= 0 and event.dur >= 0)
          spans = spans + 1
        end
      end
      assert.is_true(spans > 4 * 30)
    end)

    it("prints the functions that cost most, and says what it cannot write", function()
      local code, out = run {"profile", "policies/spread.lua", "--nodes", "30"}
      assert.equal(0, code)
      has(out, "SELF")
      has(out, "scores (spread.lua:8)")
      has(out, "policy spread@")
      local bad_code, _, err = run {"profile", "--nodes", "30", "--trace", "no/such/folder/trace.json"}
      assert.equal(2, bad_code)
      has(err, "no/such/folder/trace.json")
    end)
  end)

  it("does not take an empty record for a good one", function()
    local code, out, err = run {"replay", write("empty.jsonl", "\n")}
    assert.equal(2, code)
    has(out, "0 passed, 0 failed")
    has(err, "empty.jsonl: holds no case")
  end)

  describe("replay names the fields that differ", function()
    local steps = {
      '{"record": 1, "name": "one", "api": "resource.k8s.io/v1alpha2"}',
      '{"apply": {"apiVersion": "resource.k8s.io/v1alpha2", "kind": "ResourceClaim", "metadata": ' ..
        '{"name": "c", "namespace": "n", "uid": "u"}, "spec": {"resourceClassName": "gpu"}}}',
      '{"apply": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n", "uid": "p"}, ' ..
        '"spec": {"containers": []}}}',
      '{"sync": true}',
      '{"call": "PreFilter", "pod": "n/p", "want": {"code": "Success", "reasons": ["none"]}}',
      '{"want": {"objects": [{"apiVersion": "resource.k8s.io/v1alpha2", "kind": "ResourceClaim", "metadata": ' ..
        '{"name": "c", "namespace": "n", "uid": "u", "labels": {"a.b": "c"}}, "spec": {"resourceClassName": "tpu"}}]}}',
    }
    local record

    setup(function() record = write("differs.jsonl", table.concat(steps, "\n") .. "\n") end)

    it("one on a line", function()
      local code, out = run {"replay", record}
      assert.equal(1, code)
      assert.equal(record .. ':5: one: PreFilter n/p: code: want "Success", got "Skip"\n' ..
        record .. ':6: one: want: objects[ResourceClaim n/c].metadata.labels: want {"a.b":"c"}, got nothing\n' ..
        record .. ':6: one: want: objects[ResourceClaim n/c].spec.resourceClassName: want "tpu", got "gpu"\n' ..
        "0 passed, 1 failed\n", out)
    end)

    it("reasons too where they are compared", function()
      local _, out = run {"replay", "--strict-reasons", record}
      has(out, ': PreFilter n/p: reasons: want ["none"], got ')
    end)

    it("and prints whole answers as JSON", function()
      local _, result = run_json {"replay", record}
      assert.equal('{"code":"Success","reasons":["none"]}', result.failures[1].want)
    end)
  end)

  it("says when its output cannot be written", function()
    if not io.open("/dev/full") then return pending("there is no /dev/full") end
    local _, _, code = os.execute(os.getenv("CHANDRA_BIN") .. " version >/dev/full 2>/dev/null")
    assert.equal(2, code)
  end)
end)
