local command = dofile "tests/cli/command.lua"
local run, write, path = command.run, command.write, command.path

local function has(text, part) assert.is_truthy(text:find(part, 1, true), part .. " is not in: " .. text) end
local function has_not(text, part) assert.is_nil(text:find(part, 1, true), part .. " is in: " .. text) end

-- Pipe lines into a session; returns exit code, standard output and error.
local function session(lines, ...)
  return run({"repl", ...}, {stdin = table.concat(lines, "\n") .. "\n"})
end

-- The same for lines that must not fail; returns standard output.
local function good(lines, ...)
  local code, out, err = session(lines, ...)
  assert.equal("", err)
  assert.equal(0, code)
  return out
end

local function policy(name, body)
  return write(name .. ".lua", ("--!chandra api=1 name=%s version=1\nlocal P = {}\n%s\nreturn P\n"):format(name, body))
end

describe("chandra repl", function()
  setup(command.open)
  teardown(command.close)

  describe("piped", function()
    it("prints results and nothing else", function()
      assert.equal("2\n\"a\"\n", good{"1 + 1", "", "x = 'a'", "x"})
      assert.equal("", good{})
    end)

    it("goes on after an error, tells its line, and ends with the first one's code", function()
      local code, out, err = session{"1", "nodes.x", ":stpe", "for i = 1, 2 do", "  y = = 1", "end", "2"}
      assert.equal(3, code)
      assert.equal("1\n2\n", out)
      has(err, "line 2: node set has no field 'x'")
      has(err, "line 3: unknown command :stpe, did you mean :step?")
      has(err, "line 4: line:2: unexpected symbol near '='")
      assert.equal(2, (session{":nonsense"}))
    end)

    it("joins what is not complete, and says what is missing at the end", function()
      assert.equal("3\n", good{"function f(a,", "b)", "return a + b", "end", "f(1, 2)"})
      local code, _, err = session{"1", "for i = 1, 2 do"}
      assert.equal(3, code)
      has(err, "line 2: 'end' expected near <eof>")
    end)

    it("keeps globals and what is declared local, ends at :quit", function()
      assert.equal("7\n", good{"local a = 3", "local function f(n) return n + a end", "f(4)", ":quit", "error()"})
      assert.equal("", good{"exit", "1"})
    end)

    it("takes lines of any length and bytes of any kind", function()
      assert.equal("100000\n", good{"#('" .. ("x"):rep(100000) .. "')"})
      local code, _, err = session{"\255\1 \27[31m"}
      assert.equal(3, code)
      has_not(err, "\27[31m")
    end)
  end)

  describe("shows", function()
    it("node sets, claims, vectors and objects in 80 columns", function()
      local out = good{"nodes", "claims", "cx:count_claims()", "claim", "pod", "{cx:node('node-a1'), nodes}", ":list",
        ":list pods", ":list nodes", ":list claims", ":list classes", ":list templates", ":help", ":doc", ":doc cx",
        ":doc match", ":doc nodeset", ":status"}
      has(out, "node set: 6 of 6 nodes\nNODE     LABELS\nnode-a1  gpu=large topology.kubernetes.io/zone=a\n")
      has(out, "STATE    NODES  USERS\ndefault/train-1-gpu")
      has(out, "FIELD         VALUE\n")
      for line in out:gmatch("[^\n]*") do assert.is_true(#line <= 80, line) end
      for line in good{":doc"}:gmatch("[^\n]*") do assert.is_nil(line:find(" $"), line) end
    end)

    it("each entry of the reference by name", function()
      local lines = {}
      for name in good{":doc"}:gmatch("[%w_.:]+") do
        if not name:find("chandra$") then lines[#lines + 1] = ":doc " .. name end
      end
      assert.is_true(#lines > 50)
      assert.is_true(#good(lines) > 5000)
      local code, _, err = session{":doc cx.kepe"}
      assert.equal(2, code)
      has(err, "did you mean cx:keep?")
    end)
  end)

  describe("steps", function()
    it("through the negotiation, point by point", function()
      local out = good{":step", ":why node-c2", "nodes", ":step 5", ":answer", ":step 8", ":list pods"}
      has(out, "Filter      4 of 6 nodes are left\n            -2  class excludes the node (claim train-1-gpu")
      has(out, "node-c2 is left out:\n  class excludes the node (claim train-1-gpu")
      has(out, "node set: 4 of 6 nodes")
      has(out, "PreBind     Pending")
      has(out, "wrote scheduler: POST PodSchedulingContext default/train-1")
      has(out, "wrote gpu.example.com: PUT ResourceClaim/status default/train-1-gpu")
      has(out, "wrote scheduler: POST Pod/binding default/train-1")
      has(out, "over        the pod is on node-a1")
      has(out, "default/train-1  gpu        on node-a1")
    end)

    it("tells who decided, and why nothing is left", function()
      local file = policy("none", "function P.match(cx, claim, nodes) return cx:keep(nodes, nodes - nodes, 'no') end")
      local out = good({":step", ":step", ":why node-a1"}, "-p", file)
      has(out, "Filter      0 of 6 nodes are left\n            -6  no (claim train-1-gpu")
      has(out, ", by none): node-a1, node-a2,")
      has(out, "PostFilter")
      has(out, "node-a1 is left out:\n  no (claim train-1-gpu")
    end)

    it("lets drivers refuse, and allow again", function()
      local out = good{":refuse node-a1 node-a2", ":pod train-2", ":step 5", ":answer", ":pod", ":step", "#nodes",
        ":allow", ":pod", ":step", "#nodes"}
      has(out, "driver gpu.example.com refuses from now on")
      has(out, "driver calls the node unsuitable (claim train-2-gpu")
    end)

    it("runs to the end, and says what a policy did wrong", function()
      local out = good{":run", ":list pods"}
      has(out, "default/train-1  node-")
      local file = policy("bad", "function P.match(cx, claim, nodes) return nodes.x end")
      local code, failed, err = session({":step", ":run"}, "-p", file)
      assert.equal(0, code)
      has(failed, "bad.lua:3: node set has no field 'x'")
      has(err, "node set has no field 'x'")
    end)

    it("lets requests fail", function()
      local out = good{":fault POST podschedulingcontexts 500", ":step 6"}
      has(out, "PreBind     Error\n            a fault on request\n")
      has(good{":fault POST podschedulingcontexts 500", ":fault clear", ":step 5"}, "PreBind     Pending")
    end)

    it("views are of their moment", function()
      local code, out, err = session{"c = claim", "c.name", ":step", "c.name", "c", "claim.name"}
      assert.equal(3, code)
      has(out, "(claim of an earlier step)")
      has(err, "line 4: claim view used after its call")
    end)
  end)

  describe("changes", function()
    it("store, show and delete objects", function()
      local file = write("more.yaml", "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n---\n" ..
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}\n")
      local out = good{":apply " .. file, ":apply {apiVersion: v1, kind: Node,", "  metadata: {name: n2,",
        "  annotations: {a: '}'}}}", ":show node n2", ":pod", "#nodes", ":delete node n1", ":pod", "#nodes",
        ":delete pod train-1", "pod.name"}
      has(out, "stored Node n1\nskipped ConfigMap, not a kind that is simulated\n")
      has(out, "    a: \"}\"")
      has(out, "\n8\ndeleted Node n1\n")
      has(out, "\n7\ndeleted Pod train-1\n")
      has(out, "wrote gc: DELETE ResourceClaim default/train-1-gpu")
      has(out, "\"train-2\"")
    end)

    it("are all or nothing", function()
      local file = write("half.yaml", "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n---\n" ..
        "{apiVersion: v1, kind: Node, metadata: {name: 'N 2'}}\n")
      local code, out, err = session{":apply " .. file, ":pod", "#nodes", ":history"}
      assert.equal(2, code)
      has(err, "half.yaml:5:")
      has(out, "\n6\n   1  :pod\n")
    end)

    it("are taken back, to any of them", function()
      local out = good{":step 6", ":answer", ":step 9", ":undo", ":list pods", ":undo to 1", ":history", ":status",
        ":answer", ":undo 2", ":history", ":status", ":step"}
      has(out, "took back 1 change\n")
      has(out, "default/train-1  gpu        waits\n")
      has(out, "took back 1 change\nthe example cluster: 6 nodes, 3 pods, 3 claims\n")
      has(out, "   1  :step 6\nthe example")
      has(out, "took back 2 changes\n")
      has(out, "nothing has been changed\n")
      has(out, "after PreFilter (Success), next Filter\n")
      local code, _, err = session{":undo"}
      assert.equal(2, code)
      has(err, "there is nothing to take back")
    end)

    it("go the same way again", function()
      local random = policy("random", "function P.scores(cx, pod, nodes)\n" ..
        "  return nodes:score(function() return cx:random(100) end)\nend")
      local lines = {":step 3", "cx:random(1000)", "math.random(1000)", ":step", ":undo 2", ":step 3", ":step"}
      local out = good(lines, "-p", random)
      local scores = {}
      for line in out:gmatch("the best first:\n([^\n]+)") do scores[#scores + 1] = line end
      assert.equal(2, #scores)
      assert.equal(scores[1], scores[2])
    end)

    it("are saved as a record that replays, and that begins a session", function()
      local record = path("session.jsonl")
      local out = good{":step 6", ":refuse node-a1", ":step 9", ":answer", ":step 9", "1", ":run", ":save " .. record,
        ":status"}
      has(out, "saved; run it again with \"chandra replay " .. record)
      local code, replayed = run{"replay", record}
      assert.equal("1 passed, 0 failed\n", replayed)
      assert.equal(0, code)
      has(good({":list pods"}, "--record", record), "default/train-1  gpu        on node-")
      local failed, _, err = session({}, "--record", record, "--case", "2")
      assert.equal(2, failed)
      has(err, "there is no case 2, it has 1")
    end)
  end)

  describe("policies", function()
    it("are loaded, reloaded, and called by hand", function()
      local file = policy("mine", "function P.match(cx, claim, nodes) return nodes:matching{gpu = 'small'} end")
      local out = good{":load " .. file, "policy", "policy.match(cx, claim, nodes)", "policies.mine == policy",
        ":step", ":reload", ":undo to 0", ":status"}
      has(out, "policy mine@1 sha256:")
      has(out, "the attempt of pod train-1 begins anew")
      has(out, "{match = function}\nnode set: 3 of 6 nodes\n")
      has(out, "Filter      3 of 6 nodes are left")
      has(out, "the policy's match leaves the node out")
      has(out:sub(-200), "policy default@")
    end)

    it("that do not load leave the one before", function()
      local bad = policy("bad", "function P.mathc() end")
      local code, out, err = session{":load " .. bad, ":load nowhere.lua", ":status"}
      assert.equal(3, code)
      has(err, "unknown hook 'mathc'; did you mean 'match'?")
      has(err, "nowhere.lua")
      has(out, "policy default@")
    end)

    it("are compared on the pod at hand", function()
      local file = policy("small", "function P.match(cx, claim, nodes) return nodes:matching{gpu = 'small'} end\n" ..
        "function P.suggest(cx, pod, nodes) return nil, nodes:first() end")
      local out = good{":compare " .. file, ":step"}
      has(out, "   NODE     default                     small\n")
      has(out, "*  node-a1  yes, picked                 no: the policy's match ...\n")
      has(out, "*  node-a2  yes                         yes, suggested\n")
      has(out, "Filter      4 of 6 nodes are left")
    end)
  end)

  it("begins with manifests, with drivers as they are configured", function()
    local out = good({":status", ":list nodes", ":run"}, "examples/clusters/zones.yaml", "--driver-config",
      "examples/clusters/drivers/zones.json")
    has(out, "examples/clusters/zones.yaml: 9 nodes")
    has(out, "research/train-1")
    local code, _, err = session({}, "examples/clusters/zones.yaml", "--record", "x")
    assert.equal(2, code)
    has(err, "exclude each other")
    code, _, err = session({}, "nowhere.yaml")
    assert.equal(2, code)
    has(err, "nowhere.yaml: No such file")
  end)

  it("copies a live cluster, and only reads it", function()
    local config, log = path("kubeconfig"), path("requests")
    local pipe = assert(io.popen(("python3 tests/cli/api_server.py %s %s & echo $!"):format(config, log)))
    local pid = pipe:read("l")
    for _ = 1, 100 do
      if io.open(config) then break end
      os.execute("sleep 0.05")
    end
    local out = good({":status", ":list nodes", ":step", ":run", ":list pods", ":list claims"},
      "--kubeconfig", config)
    os.execute("kill " .. pid)
    pipe:close()
    has(out, "a copy of cluster test: 5 nodes, 1 pods, 1 claims; read ")
    has(out, "pod ml/train, after PreFilter (Success)")
    has(out, "ml/train  gpu     on live-")
    has(out, "allocated, used by train")
    local count = 0
    for line in io.lines(log) do
      count = count + 1
      assert.equal("GET ", line:sub(1, 4))
      has_not(line, "watch")
    end
    assert.is_true(count >= 9)
  end)

  it("says when there is no way to the live cluster", function()
    local config = write("dead", "{apiVersion: v1, kind: Config, current-context: t, users: [], clusters: " ..
      "[{name: t, cluster: {server: 'http://127.0.0.1:1'}}], contexts: [{name: t, context: {cluster: t}}]}")
    local code, _, err = session({"1"}, "--kubeconfig", config)
    assert.equal(4, code)
    has(err, "cannot list Namespaces: ")
  end)

  -- Every third of the attacks, as a policy that is loaded and run, and as text at the prompt.
  it("stays usable after each attack", function()
    local pipe = assert(io.popen("ls tests/spec/sandbox/*.lua"))
    local lines, wanted, number = {}, {}, 0
    for file in pipe:lines() do
      number = number + 1
      if number % 3 == 0 then
        local text = assert(io.open(file, "rb")):read("a")
        lines[#lines + 1] = ":load " .. file
        lines[#lines + 1] = ":step 4"
        lines[#lines + 1] = "'after', " .. number .. " + 1"
        if load(text, file, "t") and not text:find("\0", 1, true) then
          lines[#lines + 1] = "t = (function()\n" .. text .. "\nend)()"
          lines[#lines + 1] = "t.match(cx, claim, nodes)"
        end
        lines[#lines + 1] = "'then', " .. number .. " + 2"
        wanted[#wanted + 1] = ("\"after\"\n%d\n\"then\"\n%d\n"):format(number + 1, number + 2)
      end
    end
    pipe:close()
    assert.is_true(number > 150)
    local _, out = session(lines)
    -- What the attacks printed themselves is between these.
    local answers = {}
    for mark, answer in out:gmatch("\"(%l+)\"\n(%d+)\n") do answers[#answers + 1] = ("%q\n%s\n"):format(mark, answer) end
    assert.equal(table.concat(wanted), table.concat(answers))
  end)

  -- Type at a terminal; see terminal.py.
  local function type_in(script, ...)
    local file = write("script", table.concat(script, "\n") .. "\n")
    local words = {...}
    for i, word in ipairs(words) do words[i] = "'" .. word .. "'" end
    -- libedit keeps some memory for good, which is none of our leaks.
    local is_ok = os.execute(("HOME=%s XDG_STATE_HOME=%s TERM=xterm ASAN_OPTIONS=detect_leaks=0 " ..
      "python3 tests/cli/terminal.py %s repl %s <%s >%s 2>&1"):format(command.path("home"), command.path("state"),
      os.getenv("CHANDRA_BIN"), table.concat(words, " "), file, path("screen")))
    assert.is_true(is_ok, command.read("screen"))
  end

  describe("at a terminal", function()
    it("greets, asks, completes and ends", function()
      type_in{"expect Type Lua, or :help", "expect chandra> ", "send cla\\t", "expect cla", "expect im",
        "send .alloc\\t\\n", "expect ated", "expect false", "expect chandra> ",
        "send :wh\\t nod\\tc2\\n", "expect has not come to Filter", "expect chandra> ",
        "send policy.\\t\\t", "expect match", "expect suggest", "send \\x03", "expect ^C", "expect chandra> ",
        "send :doc nodeset:m\\t\\n", "expect nodeset:matching", "expect chandra> ", "send \\x04", "exit 0"}
    end)

    it("goes on in the next line, and gives it up at Ctrl-C", function()
      type_in{"expect chandra> ", "send for i = 1, 2 do\\n", "expect .. ", "send print(i * 21)\\n", "expect .. ",
        "send end\\n", "expect 42", "expect chandra> ", "send if true then\\n", "expect .. ", "send \\x03",
        "expect chandra> ", "send 6 * 7\\n", "expect 42", "expect chandra> ", "send quit\\n", "exit 0"}
    end)

    it("stops a script at Ctrl-C", function()
      type_in({"expect chandra> ", "send n = 0 print(6 * 7) while true do n = n + 1 end\\n", "expect 42", "send \\x03",
        "expect interrupted", "expect chandra> ", "send n > 0\\n", "expect true", "expect chandra> ", "send \\x04",
        "exit 0"}, "--lua-instruction-limit", "2000000000", "--lua-timeout", "1m")
    end)

    it("remembers lines from one session to the next, for its user alone", function()
      type_in{"expect chandra> ", "send 123 + 321\\n", "expect 444", "expect chandra> ", "send \\x04", "exit 0"}
      type_in{"expect chandra> ", "send \\x1b[A\\n", "expect 444", "expect chandra> ", "send \\x04", "exit 0"}
      local pipe = assert(io.popen("stat -c %a " .. path("state/chandra/history")))
      assert.equal("600", pipe:read("l"))
      pipe:close()
    end)

    it("says that a policy has changed, and takes it", function()
      local file = policy("live", "function P.match(cx, claim, nodes) return nodes end")
      write("script_change.sh", "sed -i 's/return nodes end/return nodes:matching{gpu = \"large\"} end/' " .. file)
      type_in({"expect chandra> ", "send 1\\n", "expect chandra> ",
        "run sh " .. path("script_change.sh"), "send :step\\n", "expect has changed: policy live@1",
        "expect begins anew", "expect 1 of 6 nodes are left", "expect chandra> ",
        "run echo x >>" .. file, "send 1 + 1\\n", "expect the policy before it stays", "expect error: ",
        "expect 2", "expect chandra> ", "send \\x04", "exit 0"}, "-p", file)
    end)
  end)
end)
