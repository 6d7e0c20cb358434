-- The example manifests that Kubernetes 1.30.1 ships with its DRA test driver, as they are, on the embedded cluster.
local command = dofile "tests/cli/command.lua"

local function has(text, part) assert.is_truthy(text:find(part, 1, true), part .. " is not in: " .. text) end

describe("chandra simulate on the test driver's examples", function()
  local folder

  -- Exit code, result and notes of a run with a class and further files.
  local function simulate(class, ...)
    local arguments = {"simulate", folder .. "/" .. class}
    for _, name in ipairs {...} do arguments[#arguments + 1] = folder .. "/" .. name end
    return command.run_json(arguments)
  end

  -- Every pod runs on a node and every claim is allocated, for those users in any order.
  local function all_placed(result, users)
    local found = {}
    for _, pod in ipairs(result.pods) do assert.is_string(pod.node, pod.name .. " waits") end
    for _, claim in ipairs(result.claims) do
      assert.equal("allocated", claim.state)
      for _, user in ipairs(claim.reservedFor) do found[#found + 1] = user.name end
    end
    table.sort(found)
    assert.same(users, found)
  end

  setup(function()
    command.open()
    local pipe = assert(io.popen("tests/cluster/examples.sh"))
    folder = pipe:read("l")
    assert(pipe:close() and folder, "the examples cannot be fetched")
  end)
  teardown(command.close)

  it("knows all of them", function()
    local names = {}
    local pipe = assert(io.popen("ls '" .. folder .. "'"))
    for name in pipe:lines() do names[#names + 1] = name end
    pipe:close()
    assert.same({
      "broken-resourceclass.yaml", "pod-external.yaml", "pod-inline-multiple.yaml", "pod-inline.yaml",
      "pod-shared.yaml", "resourceclaim.yaml", "resourceclass.yaml",
    }, names)
  end)

  it("places a pod with an external claim", function()
    local code, result, notes = simulate("resourceclass.yaml", "pod-external.yaml")
    assert.equal(0, code)
    has(notes, "skipped 1 ConfigMap")
    all_placed(result, {"test-external-claim"})
    assert.equal("external-claim", result.claims[1].name)
    assert.equal(1, result.pods[1].rounds)
  end)

  it("makes the claim of a pod from a template", function()
    local code, result = simulate("resourceclass.yaml", "pod-inline.yaml")
    assert.equal(0, code)
    all_placed(result, {"test-inline-claim"})
    assert.is_truthy(result.claims[1].name:match("^test%-inline%-claim%-resource%-"))
  end)

  it("makes two claims of one driver from one template", function()
    local code, result = simulate("resourceclass.yaml", "pod-inline-multiple.yaml")
    assert.equal(0, code)
    all_placed(result, {"pause", "pause"})
  end)

  it("lets two pods share a claim", function()
    local code, result = simulate("resourceclass.yaml", "pod-shared.yaml")
    assert.equal(0, code)
    all_placed(result, {"test-shared-claim", "test-shared-claim-2"})
    assert.equal(1, #result.claims)
  end)

  it("allocates an immediate claim that nobody uses", function()
    local code, result = simulate("resourceclass.yaml", "resourceclaim.yaml")
    assert.equal(0, code)
    all_placed(result, {})
    assert.equal("example", result.claims[1].name)
  end)

  for _, name in ipairs {"pod-external.yaml", "pod-inline.yaml", "pod-inline-multiple.yaml", "pod-shared.yaml"} do
    it("leaves the pods of " .. name .. " waiting when the class suits no node", function()
      local code, result = simulate("broken-resourceclass.yaml", name)
      assert.equal(1, code)
      for _, pod in ipairs(result.pods) do
        assert.equal(command.null, pod.node)
        assert.equal("0/3 nodes are available", pod.reasons[1].message)
        assert.equal("class excludes the node", pod.reasons[2].message)
        assert.equal(3, pod.reasons[2].nodes)
      end
      for _, claim in ipairs(result.claims) do assert.equal("pending", claim.state) end
    end)
  end

  it("takes the whole folder, and says which object comes twice", function()
    local code, result, notes = simulate("")
    assert.equal(2, code)
    has(notes, "skipped 5 ConfigMap")
    has(notes, "resourceclass.yaml:1:1: ResourceClass example is there already, at ")
    assert.equal(5, #result.pods)
  end)
end)
