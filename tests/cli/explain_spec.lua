-- chandra explain as users see it: exact texts for what can keep a pod waiting, sums that add up, the schema, the page.
local command = dofile "tests/cli/command.lua"
local manifests = dofile "tests/cli/manifests.lua"
local run, run_json, write = command.run, command.run_json, command.write
local join = manifests.join

local function has(text, part) assert.is_truthy(text:find(part, 1, true), part .. " is not in: " .. text) end
local function has_not(text, part) assert.is_nil(text:find(part, 1, true), part .. " is in: " .. text) end

local function node(name, more)
  return ("apiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: {kubernetes.io/hostname: %s, disk: %s}}\n%s"):format(
    name, name, name:match("^%a"), more or "")
end

local function pod(name, spec) return ("apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec:\n%s"):format(name, spec) end

local function uses(claim)
  return "  containers: [{name: c, image: x}]\n  resourceClaims: [{name: dev, source: {resourceClaimName: " .. claim .. "}}]\n"
end

local function only(hosts)
  return "suitableNodes: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [" .. hosts .. "]}]}]}\n"
end

-- The part of the text up to the claims: what changes from situation to situation.
local function story(text) return text:match("^(.-)\nclaims ") or text:match("^(.-)\nattempts ") end

local count = 0
local explained = {} -- files to hold against the schema
local function explain(documents, arguments)
  count = count + 1
  local file = write("case-" .. count .. ".yaml", join(documents))
  local words = {"explain", "pod", "p"}
  for _, word in ipairs(arguments or {}) do words[#words + 1] = word end
  words[#words + 1] = file
  local code, text, err = run(words)
  local _, out = run(words)
  assert.equal(text, out) -- equal input, equal output
  words[#words + 1] = "-o"
  words[#words + 1] = "json"
  local json_code, json = run(words)
  assert.equal(code, json_code)
  explained[#explained + 1] = write("case-" .. count .. ".json", json)
  local _, result = run_json({table.unpack(words, 1, #words - 2)})
  return code, text, result, err
end

-- Every node is in the funnel once, or left.
local function adds_up(result)
  local sum = result.feasible.nodes
  for _, step in ipairs(result.funnel) do sum = sum + step.nodes end
  assert.equal(result.nodeCount, sum)
  assert.equal(result.nodeCount, #result.nodes)
  assert.is_true(#result.short <= 1024)
  for _, item in ipairs(result.nodes) do
    if item.feasible then assert.equal(0, #item.misses) end
  end
end

local situations = {
  {
    "a class that does not exist",
    {node "a", node "b", manifests.claim("c", "gpu"), pod("p", uses "c")},
    [[
pod default/p  waiting
why: claim default/c (class gpu): its class gpu does not exist

     2  nodes
    -2  pod           claim default/c (class gpu): its class gpu does not exist
     0  left

would help    yes  a class gpu, with a driver for it: placed on a]],
  }, {
    "a claim that does not exist",
    {node "a", pod("p", uses "nothing")},
    [[
pod default/p  gated
why: claim default/nothing not found

     1  node
    -1  pod           claim default/nothing not found
     0  left
]],
  }, {
    "a taint",
    {node("a", "spec: {taints: [{key: team, value: x, effect: NoSchedule}]}\n"), pod("p", "  containers: []\n")},
    [[
pod default/p  waiting
why: the only node is left out: node(s) had untolerated taint {team: x} (wants a
     toleration)

     1  node
    -1  taint         node(s) had untolerated taint {team: x}
                      wants a toleration
                      saw   team=x:NoSchedule 1x
                      a
     0  left

nearest miss  a, but for one rule: node(s) had untolerated taint {team: x};
              wants a toleration; saw team=x:NoSchedule
would help    yes  a toleration for team=x:NoSchedule in the pod: placed on a]],
  }, {
    "a node that is cordoned and one that is not ready",
    {node("a", "spec: {unschedulable: true}\n"), node("b", "status: {conditions: [{type: Ready, status: 'False'}]}\n"),
     pod("p", "  containers: []\n")},
    [[
pod default/p  waiting
why: none of 2 nodes is left; most, 1, by: node(s) were unschedulable

     2  nodes
    -1  cordoned      node(s) were unschedulable
                      saw   spec.unschedulable 1x
                      a
    -1  notReady      node(s) had untolerated taint
                      {node.kubernetes.io/not-ready: }
                      saw   condition Ready is False 1x
                      b
     0  left

nearest miss  a, but for one rule: node(s) were unschedulable; saw
              spec.unschedulable
would help    yes  node a uncordoned: placed on a
              yes  node b ready again: placed on b]],
  }, {
    "a selector and too little room",
    {node("a", "status: {allocatable: {cpu: 2, memory: 1Gi, pods: 10}}\n"), node "b",
     pod("p", "  nodeSelector: {disk: a}\n  containers: [{name: c, resources: {requests: {cpu: 2500m, memory: 2Gi}}}]\n")},
    [[
pod default/p  waiting
why: none of 2 nodes is left; most, 1, by: node(s) didn't match Pod's node
     affinity/selector (wants disk=a)

     2  nodes
    -1  selector      node(s) didn't match Pod's node affinity/selector
                      wants disk=a
                      saw   disk=b 1x
                      b
    -1  resources     Insufficient cpu and Insufficient memory
                      wants cpu 2500m
                      saw   cpu 2 free of 2 1x
                      a
     0  left

nearest miss  b, but for one rule: node(s) didn't match Pod's node
              affinity/selector; wants disk=a; saw disk=b
would help    yes  the pod's nodeSelector without disk: placed on b
              no   the pod without its request for cpu
              no   the pod without its request for memory]],
  }, {
    "a class that excludes the nodes",
    {node "a", node "b", node "c", manifests.class("gpu", nil, only "x, y"), manifests.claim("c", "gpu"), pod("p", uses "c")},
    [[
pod default/p  waiting
why: all 3 nodes are left out: claim c: class excludes the node (wants disk in
     (x, y))

     3  nodes
    -3  class         claim c: class excludes the node
                      wants disk in (x, y)
                      saw   disk=a 1x, disk=b 1x, disk=c 1x
                      a, b, c
     0  left

nearest miss  a, but for one rule: claim c: class excludes the node; wants disk
              in (x, y); saw disk=a
would help    yes  class gpu without suitableNodes: placed on a]],
  }, {
    "a claim in use by another pod",
    {node "a", manifests.class "gpu", manifests.claim("c", "gpu"), pod("other", uses "c"), pod("p", uses "c")},
    [[
pod default/p  waiting
why: claim default/c (class gpu, driver gpu.example.com): in use by other (uid
     UID), and not shareable

     1  node
    -1  pod           claim default/c (class gpu, driver gpu.example.com): in
                      use by other (uid UID),
                      and not shareable
     0  left

would help    yes  claim c released by the pod that has it: placed on a]],
    drivers = '{"DriverName": "gpu.example.com", "NodeLocal": true, "MaxAllocations": 1}',
  }, {
    "a driver without room",
    {node "a", manifests.class "gpu", manifests.claim("c", "gpu"), manifests.claim("d", "gpu"), pod("a-user", uses "d"),
     pod("p", uses "c")},
    [[
pod default/p  waiting
why: the only node is left out: claim c: driver calls the node unsuitable

     1  node
    -1  driver        claim c: driver calls the node unsuitable
                      saw   in the answer of gpu.example.com 1x
                      a
     0  left

nearest miss  a, but for one rule: claim c: driver calls the node unsuitable;
              saw in the answer of gpu.example.com
would help    yes  claim default/d freed, its users gone: placed on a]],
    drivers = '{"DriverName": "gpu.example.com", "NodeLocal": true, "MaxAllocations": 1}',
  }, {
    "a claim that is allocated elsewhere",
    {node "a", node "b", manifests.class "gpu",
     (manifests.claim("c", "gpu", ", allocationMode: Immediate"):gsub("spec:",
       "status: {driverName: gpu.example.com, allocation: {shareable: true, " ..
       "availableOnNodes: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [z]}]}]}}, " ..
       "reservedFor: [{resource: pods, name: x, uid: u1}]}\nspec:")), pod("p", uses "c")},
    [[
pod default/p  waiting
why: all 2 nodes are left out: claim c: claim is allocated elsewhere (wants
     disk=z)

     2  nodes
    -2  allocation    claim c: claim is allocated elsewhere
                      wants disk=z
                      saw   disk=a 1x, disk=b 1x
                      a, b
     0  left

nearest miss  a, but for one rule: claim c: claim is allocated elsewhere; wants
              disk=z; saw disk=a
would help    yes  claim c given back, to be allocated anew: placed on a]],
  }, {
    "a rule of a policy",
    {node "a", manifests.class "gpu", manifests.claim("c", "gpu"), pod("p", uses "c")},
    [[
pod default/p  waiting
why: the only node is left out: claim c: not on Mondays

     1  node
    -1  policy        claim c: not on Mondays (policy mondays)
                      a
     0  left

nearest miss  a, but for one rule: claim c: not on Mondays
would help    yes  the hard rules alone, without the policy: placed on a]],
    policy = "--!chandra api=1 name=mondays version=1.0.0\nlocal P = {}\nfunction P.match(cx, claim, nodes)\n" ..
      "  return cx:drop(nodes, nodes, 'not on Mondays')\nend\nreturn P\n",
  },
}

describe("chandra explain", function()
  setup(command.open)
  teardown(command.close)

  describe("tells of", function()
    for _, situation in ipairs(situations) do
      it(situation[1], function()
        local arguments = {}
        if situation.drivers then
          arguments = {"--driver-config", write("drivers.json", situation.drivers)}
        elseif situation.policy then
          arguments = {"--policy", write("policy.lua", situation.policy)}
        end
        local code, text, result = explain(situation[2], arguments)
        assert.equal(situation[3], (story(text):gsub("%x+%-%x+%-%x+%-%x+%-%x+", "UID")))
        assert.equal(1, code)
        adds_up(result)
        for line in text:gmatch("[^\n]+") do assert.is_true(utf8.len(line) <= 80, line) end
      end)
    end

    it("a policy that runs out of its budget", function()
      local policy = write("endless.lua", "--!chandra api=1 name=endless version=1.0.0\nlocal P = {}\n" ..
        "function P.match() while true do end end\nreturn P\n")
      local code, text, result = explain(situations[6][2], {"--policy", policy, "--no-hints"})
      assert.equal(3, code)
      has(text, "why: ")
      has(text, "over the limit of 2000000 instructions")
      has(text, "    -3  error ")
      has(text, "policy        endless@1.0.0 sha256:")
      adds_up(result)
    end)

    it("a pod that waits for its driver", function()
      local record = write("waiting.yaml", join {
        "record: 1\nname: waiting\napi: resource.k8s.io/v1alpha2\n",
        "apply: {apiVersion: v1, kind: Node, metadata: {name: a, labels: {disk: a}}}\n",
        "apply: {apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu}, " ..
          "driverName: gpu.example.com}\n",
        "apply: {apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim, metadata: {name: c, " ..
          "namespace: default, uid: u-c}, spec: {resourceClassName: gpu, allocationMode: WaitForFirstConsumer}}\n",
        "apply: {apiVersion: v1, kind: Pod, metadata: {name: p, namespace: default, uid: u-p}, " ..
          "spec: {resourceClaims: [{name: dev, source: {resourceClaimName: c}}]}}\n",
        "call: PreFilter\npod: default/p\n", "call: Filter\npod: default/p\nnodes: '*'\n",
        "call: Reserve\npod: default/p\nnode: a\n", "call: PreBind\npod: default/p\nnode: a\n", "sync: true\n"})
      local code, text = run {"explain", "pod", "p", "--record", record}
      assert.equal(1, code)
      has(text, "why: waiting for driver gpu.example.com: claim c has no answer yet\n")
      has(text, "     1  node\n     1  left          a\n")
      has(text, "negotiation   selected a, drivers asked about 1 node, since 2")
      has(text, "waiting for gpu.example.com: its answer about claim c")
      has(text, "data          record ")
      has(text, "attempts      #1 at 2024-06-01T00:00:00Z: pending at PreBind, node a:\n")
      local _, result = run_json {"explain", "pod", "p", "--record", record}
      adds_up(result)
      assert.equal("a", result.negotiation.selectedNode)
      assert.same({claim = "c", driver = "gpu.example.com", ["for"] = "answer"}, result.negotiation.waitingFor[1])
    end)

    it("what a simulation recorded, attempt by attempt", function()
      local record = command.path("run.jsonl.gz")
      run {"simulate", "examples/clusters/zones.yaml", "--record", record}
      local code, result = run_json {"explain", "pod", "ingest-1", "-n", "research", "--record", record}
      assert.equal(0, code)
      adds_up(result)
      assert.equal("bound", result.attempts[#result.attempts].result)
      assert.equal(result.node, result.attempts[#result.attempts].node)
      run {"simulate", "examples/clusters/no-suitable-node.yaml", "--record", record}
      code, result = run_json {"explain", "pod", "cutter", "--record", record}
      assert.equal(1, code)
      adds_up(result)
      assert.equal(1, #result.attempts)
      has(result.attempts[1].text, "0/3 nodes are available: 3 claim cutting-laser: class excludes the node.")
    end)

    it("a pod that is placed", function()
      local documents = {node "a", node "b", manifests.class("gpu", nil, only "b"), manifests.claim("c", "gpu"),
        pod("p", uses "c")}
      local code, text, result = explain(documents)
      assert.equal(0, code)
      assert.equal("pod default/p  placed on b\nwhy: placed on b, the only node that is left (1 of 2 nodes could take it)\n" ..
        "\n     2  nodes\n    -1  class         claim c: class excludes the node\n                      wants disk=b\n" ..
        "                      saw   disk=a 1x\n                      a\n     1  left          b\n\n" ..
        "choice        b: the only node that is left\n" ..
        "              decided once more as if it were on no node; what drivers said then\n              is not known any more",
        story(text))
      has(text, "claims        dev = c: class gpu, driver gpu.example.com: reserved for p, on")
      adds_up(result)
      assert.equal("bound", result.attempts[#result.attempts].result)
    end)

    it("scores, suggestions and notes of policies", function()
      local policy = write("scored.lua", "--!chandra api=1 name=scored version=2.1.0\nlocal P = {}\n" ..
        "function P.score(cx, pod, node)\n  cx:note('looked at ' .. node.name)\n" ..
        "  return node.name == 'b' and 90 or 10\nend\nreturn P\n")
      local code, text = explain({node "a", node "b", manifests.class "gpu", manifests.claim("c", "gpu"), pod("p", uses "c")},
        {"--policy", policy})
      assert.equal(0, code)
      has(text, "placed on b, the highest score (2 of 2 nodes could take it)")
      has(text, "choice        b: the highest score, score 90")
      has(text, "notes         scored: looked at a")
      has(text, "a  takes the pod, score 10")
    end)

    it("nodes that are alike together", function()
      local documents = {pod("p", "  nodeSelector: {disk: z}\n  containers: []\n")}
      for name in ("abcdefghi"):gmatch "." do documents[#documents + 1] = node(name) end
      documents[#documents + 1] = node("odd", "spec: {unschedulable: true}\n")
      documents[#documents + 1] = node("s", "spec: {unschedulable: true}\n")
      documents[#documents + 1] = node("t", "spec: {unschedulable: true}\n")
      local _, text = explain(documents)
      has(text, "nodes\n  a, b, ... (9 nodes)\n" ..
        "      node(s) didn't match Pod's node affinity/selector; wants disk=z; saw\n      disk=a on a\n" ..
        "  odd, s, ... (3 nodes)\n" ..
        "      node(s) were unschedulable; saw spec.unschedulable (and 1 more rule)\n")
      _, text = explain(documents, {"--max-nodes", "1"})
      has(text, "disk=a on a\n  and 3 more nodes, see --max-nodes and --node\n")
    end)

    it("nodes that take the pod before the others, by their scores", function()
      local policy = write("by_name.lua", "--!chandra api=1 name=by_name version=1.0.0\nlocal P = {}\n" ..
        "function P.score(_, _, node)\n  return node.name == 'd' and 90 or 10\nend\nreturn P\n")
      local _, text = explain({node("a", "spec: {unschedulable: true}\n"), node "b", node "c", node "d",
        manifests.class "gpu", manifests.claim("c", "gpu"), pod("p", uses "c")}, {"--policy", policy})
      has(text, "nodes\n  b, c (2 nodes)\n      takes the pod, score 10\n  d  takes the pod, score 90\n" ..
        "  a  node(s) were unschedulable; saw spec.unschedulable")
    end)

    it("one node alone, with every rule", function()
      local code, text = explain({
        node("a", "spec: {unschedulable: true, taints: [{key: k, effect: NoExecute}]}\n"), node("b",
          "spec: {unschedulable: true}\n"),
        pod("p", "  nodeSelector: {disk: z}\n  containers: []\n")}, {"--node", "a"})
      assert.equal(1, code)
      has(text, "  a  node(s) were unschedulable; saw spec.unschedulable\n" ..
        "     node(s) had untolerated taint {k: }; wants a toleration; saw k:NoExecute\n" ..
        "     node(s) didn't match Pod's node affinity/selector; wants disk=z; saw disk=a\n")
      has_not(text, "\n  b  ")
      has(text, "nearest miss  b, but for 2 rules, the first: ")
      has(text, "yes  all of these together: placed on")
    end)
  end)

  it("does not let texts command the terminal", function()
    local policy = write("colours.lua", "--!chandra api=1 name=colours version=1.0.0\nlocal P = {}\n" ..
      "function P.match(cx, claim, nodes)\n  return cx:drop(nodes, nodes, 'red \\27[31m and\\nnew')\nend\nreturn P\n")
    local _, text = explain(situations[6][2], {"--policy", policy})
    has(text, "red ")
    assert.is_nil(text:find("\27"))
  end)

  it("tells who has a claim and who waits for it", function()
    local file = write("claim.yaml", join(situations[7][2]))
    local drivers = write("drivers.json", situations[7].drivers)
    local code, text = run {"explain", "claim", "c", file, "--driver-config", drivers}
    assert.equal(0, code)
    has(text, "claim default/c  reserved\nwhy: allocated, and reserved for other alone: it is not shareable\n")
    has(text, "waiting pods  p\n")
    local _, json = run {"explain", "claim", "c", file, "--driver-config", drivers, "-o", "json"}
    explained[#explained + 1] = write("claim.json", json)
  end)

  it("counts each node once, whatever the cluster", function()
    math.randomseed(5)
    for round = 1, 12 do
      local documents = {manifests.class("gpu", nil, only "a, b"), manifests.class("nic", nil, only "b, c"),
        manifests.claim("g", "gpu"), manifests.claim("n", "nic")}
      for i = 1, math.random(1, 30) do
        local more = "spec: {unschedulable: " .. tostring(math.random(6) == 1)
        if math.random(4) == 1 then more = more .. ", taints: [{key: t" .. math.random(40) .. ", effect: NoSchedule}]" end
        more = more .. "}\n"
        if math.random(2) == 1 then
          more = more .. "status: {allocatable: {cpu: " .. math.random(4) .. ", memory: " .. math.random(4) .. "Gi, pods: 9}}\n"
        end
        documents[#documents + 1] = node(("abc"):sub(round % 3 + 1, round % 3 + 1) .. "-" .. i, more)
      end
      documents[#documents + 1] = pod("p", "  containers: [{name: c, resources: {requests: {cpu: 3, memory: 3Gi}}}]\n" ..
        "  resourceClaims: [{name: g, source: {resourceClaimName: g}}, {name: n, source: {resourceClaimName: n}}]\n")
      local _, result = run_json {"explain", "pod", "p", write("random.yaml", join(documents)), "--no-hints"}
      adds_up(result)
    end
  end)

  describe("as a page", function()
    it("escapes whatever objects say", function()
      local hostile = [["<script>alert(1)</script>'\"&<img src=x onerror=alert(2)>"]]
      local file = write("hostile.yaml", join {
        node("a", "spec: {taints: [{key: team, value: " .. hostile .. ", effect: NoSchedule}]}\n"), node "b",
        "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClass\nmetadata: {name: gpu}\ndriverName: gpu.example.com\n",
        manifests.claim("c", "gpu"), pod("p", uses "c")})
      local policy = write("hostile.lua", "--!chandra api=1 name=hostile version=1.0.0\nlocal P = {}\n" ..
        "function P.match(cx, claim, nodes)\n  return cx:drop(nodes, nodes, \"</p><script>x</script>\")\nend\nreturn P\n")
      local code, page = run {"explain", "pod", "p", file, "-o", "html", "--policy", policy}
      assert.equal(1, code)
      local _, scripts = page:gsub("<script", "")
      assert.equal(1, scripts)
      has_not(page, "<img")
      has(page, "&lt;/p&gt;&lt;script&gt;x")
      has(page, "default-src 'none'")
      for url in page:gmatch("https?://[^\"'<%s]*") do error("the page refers to " .. url) end
    end)

    it("has rows for nodes that are alike where there are many", function()
      local documents = {manifests.class("gpu", nil, only "x"), manifests.claim("c", "gpu"), pod("p", uses "c")}
      local file = write("many.yaml", join(documents))
      local _, page = run {"explain", "pod", "p", file, "-o", "html", "--nodes", "5000", "--no-hints"}
      has(page, "<summary>5000 nodes</summary>")
      local _, tiles = page:gsub("<i class=C ", "")
      assert.equal(5000, tiles)
      assert.is_true(#page < 1024 * 1024)
    end)

    it("puts the largest row first, and names the node whose values it shows", function()
      local documents = {manifests.class("gpu", nil, only "x"), manifests.claim("c", "gpu"),
        node("a-first", "spec: {unschedulable: true}\n"), pod("p", uses "c")}
      local _, page = run {"explain", "pod", "p", write("uneven.yaml", join(documents)), "-o", "html", "--nodes", "300"}
      local large, small = page:find("<summary>300 nodes</summary>", 1, true), page:find("<summary>1 node</summary>", 1, true)
      assert.is_true(large < small)
      has(page:sub(large, small), ">such as node-001:</span><br>claim <code>c</code>: class excludes the node")
      has_not(page:sub(small), ">such as ")
    end)
  end)

  it("follows the published schema", function()
    assert.is_true(#explained > 12)
    local words = {"python3 tests/cli/check_schema.py bindings/cli/explain/explain.schema.json"}
    for _, file in ipairs(explained) do words[#words + 1] = "'" .. file .. "'" end
    local pipe = io.popen(table.concat(words, " ") .. " 2>&1; echo code $?")
    local said = pipe:read("a")
    pipe:close()
    assert.equal("code 0\n", said)
  end)

  describe("refuses", function()
    local file
    setup(function() file = write("small.yaml", manifests.simple()) end)

    local function refuses(arguments, want, part)
      local code, out, err = run(arguments)
      assert.equal(want, code)
      assert.equal("", out)
      has(err, part)
    end

    it("what is neither pod nor claim", function() refuses({"explain", "node", "a", file}, 2,
      'want pod or claim, got "node"') end)
    it("names that are not there, with the nearest", function()
      refuses({"explain", "pod", "pp", file}, 2, 'there is no pod default/pp, did you mean "p"?')
      refuses({"explain", "claim", "elsewhere", file}, 2, "there is no claim default/elsewhere, see --namespace")
    end)
    it("claims that are not there, with the pods that name them", function()
      local documents = {pod("a", uses "elsewhere")}
      refuses({"explain", "claim", "elsewhere", write("named.yaml", join(documents))}, 2,
        "there is no claim default/elsewhere, but pod a names it\n")
      for _, name in ipairs{"b", "c", "d"} do documents[#documents + 1] = pod(name, uses "elsewhere") end
      documents[#documents + 1] = manifests.class "gpu"
      documents[#documents + 1] = manifests.claim("elsewhere2", "gpu")
      local _, _, err = run {"explain", "claim", "elsewhere", write("named.yaml", join(documents))}
      assert.truthy(err:match("there is no claim default/elsewhere, but pods %a, %a, %a and 1 more name it, " ..
        "did you mean \"elsewhere2\"%?\n"), err)
    end)
    it("two sources at once", function()
      refuses({"explain", "pod", "p", file, "--server", "localhost:1"}, 2, "all say where to look")
    end)
    it("pods that a server does not know", function()
      local server = io.popen("python3 -c 'import http.server as h; " ..
        "s = h.HTTPServer((\"127.0.0.1\", 0), h.SimpleHTTPRequestHandler); print(s.server_port, flush=True); " ..
        "s.handle_request()' 2>" .. command.path "server.log")
      refuses({"explain", "pod", "p", "--server", "127.0.0.1:" .. server:read "l"}, 2,
        ": pod default/p: not tried yet, or forgotten; explain it without --server\n")
      server:close()
    end)
    it("servers that are none", function()
      refuses({"explain", "pod", "p", "--server", "https://x:1"}, 2, 'server "https://x:1": want http://HOST:PORT')
      refuses({"explain", "pod", "p", "--server", "127.0.0.1:1"}, 4,
        "Connection refused; want what a running chandra schedule has as --metrics-bind-address\n")
      refuses({"explain", "claim", "p", "--server", "127.0.0.1:1"}, 2, "remembers pods, not claims")
    end)
  end)
end)
