local command = dofile "tests/cli/command.lua"
local manifests = dofile "tests/cli/manifests.lua"
local run, run_json, write = command.run, command.run_json, command.write
local null = command.null

local function by_name(list)
  local result = {}
  for _, item in ipairs(list) do result[item.name] = item end
  return result
end

local function has(text, part) assert.is_truthy(text:find(part, 1, true), part .. " is not in: " .. text) end
local function has_not(text, part) assert.is_nil(text:find(part, 1, true), part .. " is in: " .. text) end

-- All that is known of why a pod waits, as one text.
local function why(pod)
  local parts = {}
  for _, reason in ipairs(pod.reasons) do
    parts[#parts + 1] = ("%s: %s %s %s"):format(reason.point, reason.nodes or "", reason.claim or "", reason.message)
  end
  return table.concat(parts, "\n")
end

describe("chandra simulate", function()
  setup(command.open)
  teardown(command.close)

  describe("on the example clusters", function()
    local function example(name, ...) return run_json {"simulate", "examples/clusters/" .. name, ...} end

    it("places a pod with a claim by reference", function()
      local code, result = example "claim-by-reference.yaml"
      assert.equal(0, code)
      assert.equal(1, #result.pods)
      local pod, claim = result.pods[1], result.claims[1]
      assert.equal("default", pod.namespace)
      assert.equal("recorder", pod.name)
      assert.equal("node-1", pod.node)
      assert.same({}, pod.reasons)
      assert.equal(1, pod.rounds)
      assert.equal("front-door-camera", claim.name)
      assert.equal("allocated", claim.state)
      assert.equal("recorder", claim.reservedFor[1].name)
    end)

    it("makes claims from templates", function()
      local code, result = example "claim-from-template.yaml"
      assert.equal(0, code)
      assert.equal(2, #result.claims)
      for _, claim in ipairs(result.claims) do
        assert.is_truthy(claim.name:match("^transcode%-[12]%-encoder%-"))
        assert.equal("allocated", claim.state)
        assert.equal(1, #claim.reservedFor)
      end
    end)

    it("places a pod with claims of two drivers after two rounds", function()
      local code, result = example "several-claims.yaml"
      assert.equal(0, code)
      assert.equal(3, #result.claims)
      assert.equal(2, result.pods[1].rounds)
      assert.equal(3, result.pods[1].attempts)
    end)

    it("shares a claim between pods", function()
      local code, result = example "shared-claim.yaml"
      assert.equal(0, code)
      assert.equal(1, #result.claims)
      assert.equal(2, #result.claims[1].reservedFor)
    end)

    it("says which claim excludes how many nodes", function()
      local code, result = example "no-suitable-node.yaml"
      assert.equal(1, code)
      local pod = result.pods[1]
      assert.equal(null, pod.node)
      assert.equal(0, pod.rounds)
      assert.equal("0/3 nodes are available", pod.reasons[1].message)
      assert.equal("cutting-laser", pod.reasons[2].claim)
      assert.equal("laser", pod.reasons[2].entry)
      assert.equal(3, pod.reasons[2].nodes)
      assert.same({"node-1", "node-2", "node-3"}, pod.reasons[2].sample)
      assert.equal("pending", result.claims[1].state)
      assert.equal(null, result.claims[1].node)
    end)

    it("keeps drivers to where they reach, and to their room", function()
      local config = "examples/clusters/drivers/zones.json"
      local code, result = example("zones.yaml", "--driver-config", config)
      assert.equal(0, code)
      assert.equal(9, result.nodes)
      assert.equal(10, result.placed)
      local used = {}
      for _, claim in ipairs(result.claims) do
        if claim.class == "zones-accelerator" then
          used[claim.node] = (used[claim.node] or 0) + 1
          assert.is_truthy(claim.node:match("[12]$"))
        end
      end
      for _, count in pairs(used) do assert.is_true(count <= 2) end
      for _, pod in ipairs(result.pods) do
        if pod.name:match("^ingest") then assert.is_truthy(pod.node:match("^[ab]")) end
      end

      local file = assert(io.open(config))
      local text = file:read("a"):gsub('"MaxAllocations": 2', '"MaxAllocations": 1')
      file:close()
      code, result = example("zones.yaml", "--driver-config", write("tight.json", text))
      assert.equal(1, code)
      assert.equal(2, result.waiting)
    end)

    it("takes the folder with all of them", function()
      local code, result = run_json {"simulate", "examples/clusters"}
      assert.equal(1, code)
      assert.equal(1, result.waiting)
      assert.is_true(result.placed >= 16)
    end)
  end)

  describe("shows what policies noted", function()
    local header = "--!chandra api=1 name=noted version=1.0.0\nlocal P = {}\n"
    local cluster

    setup(function() cluster = write("noted.yaml", manifests.simple()) end)

    it("of a pod that waits", function()
      local policy = write("noted.lua", header .. "function P.match(cx, claim, nodes)\n" ..
        "  cx:note('nothing for ' .. claim.name)\n  return cx:keep(nodes, nodes - nodes, 'none will do')\nend\nreturn P\n")
      local code, result = run_json {"simulate", cluster, "--policy", policy}
      assert.equal(1, code)
      assert.same({{policy = "noted", hook = "match", claim = "c", text = "nothing for c"}}, result.pods[1].notes)
      local _, out = run {"simulate", cluster, "--policy", policy}
      has(out, "none will do")
      has(out, "\n    note of noted: nothing for c\n")
    end)

    it("of a pod that is placed, in JSON only", function()
      local policy = write("noted.lua", header .. "function P.score(cx, pod, node)\n" ..
        "  cx:note(node.name)\n  return 1\nend\nreturn P\n")
      local code, result = run_json {"simulate", cluster, "--policy", policy, "--nodes", "2"}
      assert.equal(0, code)
      assert.equal("score", result.pods[1].notes[1].hook)
      assert.equal("", result.pods[1].notes[1].claim)
      local _, out = run {"simulate", cluster, "--policy", policy, "--nodes", "2"}
      has_not(out, "note of")
    end)

    it("or nothing", function()
      local _, result = run_json {"simulate", cluster}
      assert.same({}, result.pods[1].notes)
    end)
  end)

  describe("prints", function()
    it("tables that fit into 80 columns", function()
      local code, out, err = run {"simulate", "examples/clusters/several-claims.yaml"}
      assert.equal(0, code)
      has(out, "NAMESPACE  POD")
      has(out, "trainer")
      has(out, "1 placed, 0 waiting on 3 nodes")
      has(out, "policy default@")
      has(err, "no Node")
      for line in out:gmatch("[^\n]+") do
        if not line:match("^policy") then assert.is_true(#line <= 80, line) end
      end
      has_not(out, "\27")
    end)

    it("why pods wait", function()
      local code, out = run {"simulate", "examples/clusters/no-suitable-node.yaml"}
      assert.equal(1, code)
      has(out, "default/cutter: Filter: 0/3 nodes are available")
      has(out, "    3 nodes: claim cutting-laser: class excludes the node (node-1, node-2,\n      node-3)\n")
    end)

    it("YAML", function()
      local code, out = run {"simulate", "-o", "yaml", "examples/clusters/shared-claim.yaml"}
      assert.equal(0, code)
      has(out, "pods:\n")
      has(out, "claims:\n")
      has(out, "state: allocated")
    end)

    it("every write, and by whom", function()
      local _, result = run_json {"simulate", "examples/clusters/claim-by-reference.yaml"}
      local actors, verbs = {}, {}
      for _, item in ipairs(result.writes) do
        actors[item.actor] = true
        verbs[item.method .. " " .. item.kind .. "/" .. item.subresource] = item.status
      end
      assert.is_true(actors.scheduler)
      assert.is_true(actors["camera.example.com"])
      assert.equal(201, verbs["POST PodSchedulingContext/"])
      assert.equal(200, verbs["DELETE PodSchedulingContext/"])
      assert.equal(201, verbs["POST Pod/binding"])
    end)

    it("the same for the same", function()
      local path = write("same.yaml", manifests.many(40))
      local arguments = {"simulate", "--nodes", "7", "-o", "json", path}
      local _, first = run(arguments)
      local _, second = run(arguments)
      assert.equal(first, second)
    end)
  end)

  describe("takes", function()
    it("standard input", function()
      local code, result = run_json({"simulate", "-"}, {stdin = manifests.simple()})
      assert.equal(0, code)
      assert.equal("p", result.pods[1].name)
    end)

    it("JSON, also from standard input", function()
      local text = '{"apiVersion":"v1","kind":"List","items":[' ..
        '{"apiVersion":"resource.k8s.io/v1alpha2","kind":"ResourceClass","metadata":{"name":"gpu"},"driverName":"d"},' ..
        '{"apiVersion":"resource.k8s.io/v1alpha2","kind":"ResourceClaim","metadata":{"name":"c"},' ..
        '"spec":{"resourceClassName":"gpu"}},' ..
        '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}],' ..
        '"resourceClaims":[{"name":"dev","source":{"resourceClaimName":"c"}}]}}]}'
      local code, result = run_json({"simulate", "-"}, {stdin = text})
      assert.equal(0, code)
      assert.equal("allocated", result.claims[1].state)
      assert.equal(0, (run({"simulate", write("list.json", text)})))
    end)

    it("files of Windows' editors", function()
      local path = write("windows.yaml", "\u{FEFF}" .. manifests.simple():gsub("\n", "\r\n"))
      local policy = write("windows.lua", "\u{FEFF}--!chandra api=1 name=windows version=1.0.0\r\n" ..
        "return {match = function(cx, claim, nodes) return nodes end}\r\n")
      assert.equal(0, (run {"simulate", "--policy", policy, path}))
    end)

    it("folders, but not those below, and no other files", function()
      write("tree/b.yml", manifests.pod("p", {{"dev", "claim", "c"}}))
      write("tree/a.yaml", manifests.join {manifests.class("gpu"), manifests.claim("c", "gpu")})
      write("tree/notes.txt", "{{{")
      write("tree/.hidden", "{{{")
      os.execute("mkfifo " .. command.path("tree/pipe.yaml"))
      write("tree/below.yaml/c.yaml", manifests.pod("other", {{"dev", "claim", "c"}}))
      local code, result = run_json {"simulate", command.path("tree")}
      assert.equal(0, code)
      assert.equal(1, #result.pods)
    end)

    it("empty documents, comments and several files", function()
      local first = write("one.yaml", "# nothing\n---\n---\n" .. manifests.class("gpu"))
      local second = write("two.yaml", manifests.join {manifests.claim("c", "gpu"),
        manifests.pod("p", {{"dev", "claim", "c"}})})
      assert.equal(0, (run {"simulate", first, second}))
      assert.equal(0, (run {"simulate", second, first}))
    end)

    it("other kinds, with a note for each", function()
      local other = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s}\n"
      local map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
      local text = manifests.join {other:format("a"), other:format("b"), map, manifests.simple()}
      local code, result, err = run_json({"simulate", "-"}, {stdin = text})
      assert.equal(0, code)
      has(err, "skipped 2 Deployment objects")
      has(err, "skipped 1 ConfigMap object,")
      assert.same({Deployment = 2, ConfigMap = 1}, result.skipped)
      assert.same({}, result.errors)
    end)

    it("pods without claims", function()
      local code, result = run_json({"simulate", "-"},
        {stdin = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n"})
      assert.equal(0, code)
      assert.equal("node-1", result.pods[1].node)
      assert.equal(0, result.pods[1].rounds)
    end)

    it("pods that are bound already", function()
      local text = manifests.simple():gsub("spec:\n  containers", "spec:\n  nodeName: node-2\n  containers")
      local code, result = run_json({"simulate", "-"}, {stdin = text})
      assert.equal(0, code)
      assert.equal("node-2", result.pods[1].node)
      assert.equal("allocated", result.claims[1].state)
    end)

    it("nodes as many as wanted, beside those of the manifests", function()
      local node = "apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n"
      local _, result = run_json({"simulate", "--nodes", "4", "-"}, {stdin = node .. "---\n" .. manifests.simple()})
      assert.equal(5, result.nodes)
      local _, own, err = run_json({"simulate", "-"}, {stdin = node .. "---\n" .. manifests.simple()})
      assert.equal(1, own.nodes)
      has_not(err, "no Node")
    end)
  end)

  describe("complains about", function()
    -- A wrong object among good ones: an error with its place, and the others are simulated.
    local function goes_on(text, ...)
      local path = write("bad.yaml", text)
      local good = write("good.yaml", manifests.simple())
      local code, result, err = run_json {"simulate", path, good}
      assert.equal(2, code)
      assert.equal("node-1", by_name(result.pods).p.node)
      assert.equal(1, #result.errors)
      assert.equal(2, result.error.code)
      assert.equal(path, result.error.path)
      for _, part in ipairs {...} do
        has(err, part)
        has(result.errors[1].message, part)
      end
    end

    it("broken YAML", function() goes_on("kind: [Pod\n", "bad.yaml:") end)

    it("files in which there is nothing", function()
      local code, result, err = run_json({"simulate", "-"}, {stdin = "kind: [Pod\n"})
      assert.equal(2, code)
      assert.equal(2, result.error.code)
      assert.equal("EPARSE", result.error.reason)
      has(err, "standard input:2:1")
      code, result, err = run_json({"simulate", "-"}, {stdin = "# nothing\n"})
      assert.equal(2, code)
      assert.equal("EINVAL", result.error.reason)
      has(err, "the files hold no objects")
    end)

    it("broken JSON", function()
      local bad = write("bad.json", '{"kind": }')
      local code, result, err = run_json {"simulate", bad, write("good.yaml", manifests.simple())}
      assert.equal(2, code)
      has(err, "bad.json:1:")
      assert.equal(1, result.placed)
    end)

    it("documents that are no objects", function()
      goes_on("- just\n- a list\n", "bad.yaml:1:1", "want an object, got array")
    end)

    it("lists without items", function()
      goes_on("apiVersion: v1\nkind: List\nitems: 5\n", "bad.yaml:3:8", "items: want an array, got number")
      goes_on("apiVersion: v1\nkind: List\n", "bad.yaml:1:1", "items: want an array, got none")
    end)

    it("objects without kind or apiVersion", function()
      goes_on("apiVersion: v1\nmetadata: {name: x}\n", "bad.yaml:1:1", "kind is missing")
      goes_on("kind: Pod\nmetadata: {name: x}\n", "bad.yaml:1:1", "apiVersion is missing")
    end)

    it("wrong types", function()
      goes_on("apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\nmetadata: {name: x}\n" ..
        "spec: {resourceClassName: [gpu]}\n", "bad.yaml:", "resourceClassName")
    end)

    it("an unknown apiVersion of a kind it knows", function()
      goes_on("apiVersion: v2\nkind: Pod\nmetadata: {name: x}\n", 'unknown apiVersion "v2" of Pod')
    end)

    it("resource.k8s.io/v1, clearly", function()
      goes_on("apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: x}\n",
        "bad.yaml:1:1", "resource.k8s.io/v1,", "resource.k8s.io/v1alpha2")
    end)

    it("a selector that does not compile", function()
      local expression = "{key: a, operator: Near, values: [b]}"
      local selector = "suitableNodes: {nodeSelectorTerms: [{matchExpressions: [" .. expression .. "]}]}\n"
      goes_on(manifests.class("odd", "odd", selector), "bad.yaml:", "Near")
    end)

    it("two objects of one name, with both places", function()
      goes_on(manifests.join {manifests.claim("twice", "gpu"), manifests.claim("twice", "gpu")},
        "bad.yaml:6:1", "ResourceClaim default/twice is there already, at", "bad.yaml:1:1")
    end)

    it("a pod whose claim does not exist", function()
      local path = write("lonely.yaml", manifests.pod("lonely", {{"dev", "claim", "nowhere"}}))
      local code, result, err = run_json {"simulate", path, write("good.yaml", manifests.simple())}
      assert.equal(1, code)
      has(err, "lonely.yaml:8:")
      has(err, "pod default/lonely: ResourceClaim default/nowhere does not exist")
      local pods = by_name(result.pods)
      assert.equal("node-1", pods.p.node)
      assert.equal("PreEnqueue", pods.lonely.reasons[1].point)
      has(why(pods.lonely), "nowhere")
    end)

    it("a pod whose template does not exist", function()
      local code, _, err = run_json({"simulate", "-"}, {stdin = manifests.pod("p", {{"dev", "template", "none"}})})
      assert.equal(1, code)
      has(err, "ResourceClaimTemplate default/none does not exist")
    end)

    it("a claim whose class does not exist", function()
      local code, result = run_json({"simulate", "-"},
        {stdin = manifests.join {manifests.claim("c", "gone"), manifests.pod("p", {{"dev", "claim", "c"}})}})
      assert.equal(1, code)
      assert.equal("PreFilter", result.pods[1].reasons[1].point)
      has(why(result.pods[1]), "gone")
    end)

    it("files that cannot be read", function()
      local code, result, err = run_json {"simulate", "no/such/file.yaml"}
      assert.equal(2, code)
      assert.equal(2, result.error.code)
      assert.equal("EIO", result.error.reason)
      assert.equal("no/such/file.yaml", result.error.path)
      has(err, "no/such/file.yaml: No such file or directory")
      write("empty/notes.txt", "")
      local empty_code, _, empty_err = run {"simulate", command.path("empty")}
      assert.equal(2, empty_code)
      has(empty_err, "no file here ends in .yaml, .yml or .json")
    end)

    it("a driver config that is wrong", function()
      local good = write("good.yaml", manifests.simple())
      local function config(text)
        return run {"simulate", "--driver-config", write("config.json", text), good}
      end
      local code, _, err = config '{"DriverName": "gpu.example.com", "MaxAlocations": 2}'
      assert.equal(2, code)
      has(err, "config.json:1:")
      has(err, "MaxAlocations")
      code, _, err = config '{"DriverName": ["gpu"]}'
      assert.equal(2, code)
      has(err, "DriverName")
      code = config "{"
      assert.equal(2, code)
      code, _, err = run {"simulate", "--driver-config", write("config.yaml", "# none"), good}
      assert.equal(2, code)
      has(err, "config.yaml: holds no driver")
      code = run {"simulate", "--driver-config", "no/such.json", good}
      assert.equal(2, code)
    end)
  end)

  describe("with a driver that is full", function()
    local function config(max)
      local text = '{"DriverName": "gpu.example.com", "NodeLocal": true, "MaxAllocations": %d}'
      return write("full.json", text:format(max))
    end

    it("places as many pods as there is room for, and says why others wait", function()
      local path = write("many.yaml", manifests.many(10))
      local code, result = run_json {"simulate", "--nodes", "3", "--driver-config", config(2), path}
      assert.equal(1, code)
      assert.equal(6, result.placed)
      assert.equal(4, result.waiting)
      assert.equal(null, result.error)
      for _, pod in ipairs(result.pods) do
        if pod.node == null then
          has(why(pod), "driver calls the node unsuitable")
          assert.equal(3, pod.reasons[2].nodes)
        end
      end
    end)

    it("finds the last free node among more than one question can name", function()
      local path = write("many.yaml", manifests.many(301))
      local code, result = run_json {"simulate", "--nodes", "300", "--driver-config", config(1), path}
      assert.equal(1, code)
      assert.equal(300, result.placed)
      assert.equal(null, result.error)
    end)
  end)

  describe("with policies", function()
    local function policy(name, body)
      local header = "--!chandra api=1 name=" .. name .. " version=1.2.3\n"
      return write(name .. ".lua", header .. "local P = {}\n" .. body .. "\nreturn P\n")
    end

    it("says which decided", function()
      local path = policy("second", "function P.match(cx, claim, nodes) return nodes end")
      local code, result = run_json {"simulate", "--policy", path, write("good.yaml", manifests.simple())}
      assert.equal(0, code)
      local hash = result.policy:match("^second@1%.2%.3 sha256:(%x+)$")
      assert.equal(64, #hash)
      local _, out = run {"simulate", "-p", path, "-p", "policies/default.lua", write("good.yaml", manifests.simple())}
      has(out, "policy second@1.2.3 sha256:" .. hash:sub(1, 12) .. ", default@1.0.0 sha256:")
      has_not(out, hash)
    end)

    it("follows their scores and refusals", function()
      local best = policy("best",
        "function P.score(cx, pod, node) return node.metadata.name == 'node-3' and 100 or 1 end")
      local _, result = run_json {"simulate", "-p", best, write("good.yaml", manifests.simple())}
      assert.equal("node-3", result.pods[1].node)
      local none = policy("none", "function P.match(cx, claim, nodes) return cx:drop(nodes, nodes, 'not today') end")
      local code
      code, result = run_json {"simulate", "--policy", none, write("good.yaml", manifests.simple())}
      assert.equal(1, code)
      has(why(result.pods[1]), "not today")
      assert.equal("none", result.pods[1].reasons[2].policy)
    end)

    it("ends with 3 when one fails, and says where", function()
      local path = policy("broken", "function P.match(cx, claim, nodes) return claim.nothing.here end")
      local code, result, err = run_json {"simulate", "--policy", path, write("good.yaml", manifests.many(5))}
      assert.equal(3, code)
      has(err, "broken.lua:3:")
      assert.equal(5, result.waiting)
      assert.equal(3, result.error.code)
      assert.is_true(#result.errors >= 1)
      assert.equal("ESCRIPT", result.errors[1].reason)
    end)

    it("ends with 3 when one loops, recurses or allocates without end", function()
      for _, body in ipairs {"while true do end", "local function f() return f() + 1 end return f()",
        "local t = {} while true do t[#t + 1] = {} end"} do
        local path = policy("endless", "function P.match(cx, claim, nodes) " .. body .. " end")
        local code, result, err = run_json {"simulate", "--nodes", "2", "-p", path, write("good.yaml", manifests.simple())}
        assert.equal(3, code)
        assert.equal("EBUDGET", result.error.reason)
        assert.truthy(err:match("^chandra: error: [^\n]*endless%.lua:3: [^\n]*\n$"), err) -- once
      end
      local code = run {"simulate", "-p", policy("hoard", "local t = {} while true do t[#t + 1] = {} end"), "examples/clusters"}
      assert.equal(3, code)
    end)

    it("ends with 3 when one does not load", function()
      local code, result, err = run_json {"simulate", "--policy", policy("syntax", "function ("),
        write("good.yaml", manifests.simple())}
      assert.equal(3, code)
      assert.equal(3, result.error.code)
      assert.equal("ESCRIPT", result.error.reason)
      has(err, "syntax.lua:3:")
      code = run {"simulate", "--policy", "no/such.lua", "examples/clusters"}
      assert.equal(2, code)
    end)
  end)

  describe("records", function()
    for _, suffix in ipairs {"jsonl", "jsonl.gz", "yaml"} do
      it("a run as " .. suffix .. ", which replays", function()
        local record = command.path("run." .. suffix)
        assert.equal(0, (run {"simulate", "--record", record, "examples/clusters/several-claims.yaml"}))
        local code, out = run {"replay", record}
        assert.equal(0, code)
        has(out, "1 passed, 0 failed")
      end)
    end

    it("not where it cannot", function()
      local record = "no/such/folder/run.jsonl"
      local code, result = run_json {"simulate", "--record", record, write("good.yaml", manifests.simple())}
      assert.equal(2, code)
      assert.equal(record, result.error.path)
    end)
  end)

  local function plain_node(name, label)
    return ("apiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: {kubernetes.io/hostname: %s%s}}\n"):format(
      name, name, label and ", " .. label .. ": \"yes\"" or "")
  end

  -- Three nodes, and pods that need a device of either driver.
  local function two_drivers(pods, net)
    local documents = {
      plain_node("node-1", "net"), plain_node("node-2"), plain_node("node-3"), manifests.class("gpu"),
      manifests.class("net", nil, net),
      manifests.template("gpu", "gpu"), manifests.template("net", "net"),
    }
    for i = 1, pods do
      documents[#documents + 1] = manifests.pod("p" .. i, {{"net", "template", "net"}, {"gpu", "template", "gpu"}})
    end
    return write("two-drivers.yaml", manifests.join(documents))
  end

  it("does not ask about some nodes and then the others for ever", function()
    local path = two_drivers(5, "suitableNodes: {nodeSelectorTerms: [{matchExpressions: [{key: net, operator: Exists}]}]}\n")
    local config = write("one.json", '{"DriverName": "gpu.example.com", "NodeLocal": true, "MaxAllocations": 1}')
    local code, result = run_json {"simulate", "--driver-config", config, path}
    assert.equal(1, code)
    assert.equal(3, result.placed)
    for _, pod in ipairs(result.pods) do
      local nodes = 0
      for i = 2, #pod.reasons do nodes = nodes + pod.reasons[i].nodes end
      assert.equal(pod.node == null and 3 or 0, nodes)
    end
  end)

  it("waits for a driver that cannot do what it did not rule out", function()
    local config = write("nowhere.json", '{"DriverName": "gpu.example.com", "NodeLocal": true, "Nodes": ["nowhere"]}')
    local code, result = run_json {"simulate", "--driver-config", config, write("good.yaml", manifests.simple())}
    assert.equal(1, code)
    has(why(result.pods[1]), "waiting for the driver")
  end)

  it("gives up on a negotiation that goes in circles", function()
    local config = write("circles.json", [=[
      [{"DriverName": "gpu.example.com", "NodeLocal": true, "MaxAllocations": 1, "Nodes": ["node-2"]},
       {"DriverName": "net.example.com", "NodeLabels": {"net": "yes"}}] ]=])
    local code, result, err = run_json {"simulate", "--driver-config", config, two_drivers(1)}
    assert.equal(5, code)
    has(err, "gave up after")
    has(result.error.message, "gave up after")
    assert.equal(5, result.error.code)
    assert.equal(1, result.waiting)
  end)

  it("simulates what kubectl get prints", function()
    local pod = manifests.pod("p", {{"dev", "template", "t"}}):gsub("name: p, ", "name: p, uid: u-1, resourceVersion: \"9\", ") ..
      "status: {phase: Pending, resourceClaimStatuses: [{name: dev, resourceClaimName: p-dev-x}]}\n"
    local owner = "ownerReferences: [{apiVersion: v1, kind: Pod, name: p, uid: u-1, controller: true}]"
    local claim = manifests.claim("p-dev-x", "gpu"):gsub("name: p%-dev%-x, ", "name: p-dev-x, " .. owner .. ", ") ..
      "status:\n  driverName: gpu.example.com\n  allocation:\n    availableOnNodes: {nodeSelectorTerms: [" ..
      "{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [node-2]}]}]}\n" ..
      "  reservedFor: [{resource: pods, name: p, uid: u-1}]\n"
    local text = manifests.join {manifests.class("gpu"), manifests.template("t", "gpu"), claim, pod}
    local code, result = run_json({"simulate", "-"}, {stdin = text})
    assert.equal(0, code)
    assert.equal("node-2", result.pods[1].node)
    assert.equal("node-2", result.claims[1].node)
    assert.equal(1, #result.claims)
  end)

  it("tries each of many pods twice", function()
    local code, result = run_json {"simulate", "--nodes", "50", write("many.yaml", manifests.many(200))}
    assert.equal(0, code)
    assert.equal(200, result.placed)
    local used = {}
    for _, pod in ipairs(result.pods) do
      assert.equal(2, pod.attempts)
      used[pod.node] = (used[pod.node] or 0) + 1
    end
    for _, count in pairs(used) do assert.equal(4, count) end
  end)

  describe("keeps the rules for nodes", function()
    local function machine(name, more)
      return ("apiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: {disk: %s}}\n%s"):format(name, name, more or "")
    end

    local function pod(name, spec)
      return ("apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: default}\nspec:\n%s"):format(name, spec)
    end

    local small = "status: {allocatable: {cpu: 1, memory: 1Gi, pods: 2}}\n"
    local function one_cpu(more) return "  containers: [{name: c, resources: {requests: {cpu: 1}}}]\n" .. (more or "") end

    it("and counts reasons as kube-scheduler words them", function()
      local file = write("nodes.yaml", manifests.join {
        machine("tainted", "spec: {taints: [{key: team, value: a, effect: NoSchedule}]}\n"),
        machine("closed", "spec: {unschedulable: true}\n"),
        machine("down", "status: {conditions: [{type: Ready, status: 'False'}]}\n"),
        machine("small", small),
        machine("other"),
        pod("p", "  nodeSelector: {disk: small}\n  containers: [{name: c, resources: {requests: {cpu: 2, memory: 2Gi}}}]\n"),
      })
      local code, result = run_json {"simulate", file}
      assert.equal(1, code)
      local text = why(result.pods[1])
      for _, reason in ipairs {
        "0/5 nodes are available",
        "1  node(s) had untolerated taint {team: a}",
        "1  node(s) were unschedulable",
        "1  node(s) had untolerated taint {node.kubernetes.io/not-ready: }",
        "1  Insufficient cpu and Insufficient memory",
        "1  node(s) didn't match Pod's node affinity/selector",
      } do
        has(text, reason)
      end
    end)

    it("and fills nodes no further than they go", function()
      local documents = {machine("n1", small), machine("n2", small)}
      for i = 1, 3 do documents[#documents + 1] = pod("p" .. i, one_cpu()) end
      documents[#documents + 1] = pod("tiny", "  containers: [{name: c}]\n")
      local code, result = run_json {"simulate", write("full.yaml", manifests.join(documents))}
      assert.equal(1, code)
      local pods = by_name(result.pods)
      assert.equal("n1", pods.p1.node)
      assert.equal("n2", pods.p2.node)
      assert.equal(null, pods.p3.node)
      assert.is_truthy(why(pods.p3):find("Insufficient cpu", 1, true))
      assert.not_equal(null, pods.tiny.node)
    end)

    it("and lets pods tolerate and choose", function()
      local file = write("chosen.yaml", manifests.join {
        machine("n1"), machine("n2", "spec: {taints: [{key: team, value: a, effect: NoSchedule}]}\n"), machine("n3"),
        pod("tolerant", "  nodeSelector: {disk: n2}\n  tolerations: [{key: team, operator: Exists}]\n  containers: []\n"),
        pod("choosy", "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms:\n" ..
          "    [{matchExpressions: [{key: disk, operator: In, values: [n3]}]}]}}}\n  containers: []\n"),
      })
      local code, result = run_json {"simulate", file}
      assert.equal(0, code)
      local pods = by_name(result.pods)
      assert.equal("n2", pods.tolerant.node)
      assert.equal("n3", pods.choosy.node)
    end)
  end)
end)
