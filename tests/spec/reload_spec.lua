-- Policies in files: taken when they change, kept as they were when the change is bad.
local support = require "support"

local raises = support.raises

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  file:write(text)
end

local function text(version, body)
  return support.text("match", "cx, claim, nodes", body or "return nodes", {version = version})
end

describe("a loader", function()
  local path, world

  before_each(function()
    path = os.tmpname()
    world = support.world()
  end)

  after_each(function()
    world:close()
    os.remove(path)
  end)

  local function version()
    return world.engine:policy()[1].version
  end

  it("takes a changed text, and only a changed one", function()
    write(path, text("1"))
    local loader = world.engine:loader{path}
    assert.equal("1", version())
    assert.is_false(loader:poll())
    write(path, text("2"))
    assert.is_true(loader:poll())
    assert.equal("2", version())
  end)

  it("keeps the last good set and tells each bad text once", function()
    write(path, text("1"))
    local loader = world.engine:loader{path}
    write(path, text("2", "return nodes nodes"))
    raises(path .. ":5: ", loader.poll, loader)
    assert.is_false(loader:poll())
    assert.equal("1", version())
    write(path, text("3", "global = 1 return nodes"))
    assert.is_true(loader:poll())
    os.remove(path)
    raises("No such file", loader.poll, loader)
    assert.is_false(loader:poll())
    assert.equal("3", version())
  end)

  it("lets cycles finish on the policy they began with", function()
    write(path, text("1", "return nodes - nodes"))
    local loader = world.engine:loader{path}
    world.cluster:settle()
    local cycle = world.engine:cycle("default", "pod")
    cycle:pre_filter()
    write(path, text("2"))
    assert.is_true(loader:poll())
    assert.equal(0, #cycle:filter_all().nodes)
    assert.truthy(cycle:policy():find("test@1 ", 1, true))
    cycle:pre_filter()
    assert.truthy(cycle:policy():find("test@", 1, true))
  end)

  it("fails at once when there is no good text", function()
    write(path, "nonsense")
    raises("want a first line", function() world.engine:loader{path} end)
    raises("no policy file given", function() world.engine:loader{} end)
    raises("want the names of files", function() world.engine:loader{5} end)
  end)
end)
