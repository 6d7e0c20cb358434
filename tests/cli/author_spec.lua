-- What helps those who write policies: chandra new, check, capabilities, and what is made from the reference.
local command = dofile "tests/cli/command.lua"
local run, run_json, write = command.run, command.run_json, command.write

local header = "--!chandra api=1 name=p version=1.0.0\n"

local function has(text, part) assert.is_truthy(text:find(part, 1, true), part .. " is not in: " .. text) end
local function has_not(text, part) assert.is_nil(text:find(part, 1, true), part .. " is in: " .. text) end

local function read_file(path)
  local file = assert(io.open(path))
  local text = file:read("a")
  file:close()
  return text
end

-- A shell command in the folder; whether it succeeded, and what it printed.
local function shell(text)
  local pipe = assert(io.popen(("cd '%s' && (%s) 2>&1"):format(command.path("."), text)))
  local out = pipe:read("a")
  return pipe:close() == true, out
end

describe("chandra", function()
  setup(command.open)
  teardown(command.close)

  describe("new", function()
    local root = assert(io.popen("pwd")):read("l")
    -- Where the module for plain Lua is; a build with sanitizers has none that plain Lua can load.
    local lua = os.getenv("CHANDRA_LUA_DIR")
    if lua and lua:sub(1, 1) ~= "/" then lua = root .. "/" .. lua end

    -- Begin a policy, check it, run its spec by the command, and with plain busted.
    local function begins(name, ...)
      local code, out, err = run{"new", command.path(name), ...}
      assert.equal("", err)
      assert.equal(0, code)
      assert.equal(command.path(name) .. ".lua\n" .. command.path(name) .. "_spec.lua\n", out)
      code, out = run{"check", command.path(name) .. ".lua"}
      assert.equal(command.path(name) .. ".lua: ok\n", out)
      assert.equal(0, code)
      code, out = run{"test", command.path(name) .. "_spec.lua"}
      assert.equal(0, code, out)
      if not lua then return end
      local good, text = shell(("LUA_CPATH='%s/?.so;;' LUA_PATH='%s/bindings/lua/module/?.lua;;' " ..
        "busted --lua=lua5.4 -o plainTerminal %s_spec.lua"):format(lua, root, name))
      assert.is_true(good, text)
      has(text, " 0 failures / 0 errors")
    end

    it("begins a policy that passes check, with a spec that passes", function()
      begins("plain")
      has(command.read("plain.lua"), "\nfunction P.match(cx, claim, nodes)")
    end)

    it("begins with the hooks that are named", function()
      for _, hook in ipairs{"score", "scores", "suggest", "release"} do
        begins("with_" .. hook, "--hook", hook)
        has(command.read("with_" .. hook .. ".lua"), "\nfunction P." .. hook .. "(")
      end
      begins("all", "--hook", "match", "--hook", "scores", "--hook", "suggest", "--hook", "release")
    end)

    it("overwrites nothing", function()
      local text = "-- mine\n"
      for _, name in ipairs{"kept.lua", "kept_spec.lua"} do
        local path = write(name, text)
        local code, out, err = run{"new", command.path("kept.lua")}
        assert.equal(2, code)
        assert.equal("", out)
        has(err, name .. ": is there already")
        assert.equal(text, command.read(name))
        os.remove(path)
      end
      local code, _, err = run{"new", command.path("no/such/folder/x")}
      assert.equal(2, code)
      has(err, "No such file or directory")
    end)

    it("refuses names and hooks that nobody has", function()
      for _, case in ipairs{
        {{"new", "a b"}, '"a b" cannot be a policy\'s name'},
        {{"new", ".lua"}, '".lua" cannot be'},
        {{"new", command.path("x/")}, '"" cannot be'},
        {{"new", ("x"):rep(64)}, "63 letters"},
        {{"new", ("x/"):rep(600)}, "too long"},
        {{"new", "x", "--hook", "mach"}, 'unknown hook "mach", did you mean "match"?'},
        {{"new", "x", "--hook", "match", "--hook", "match"}, "named twice"},
        {{"new", "x", "--hook", "score", "--hook", "scores"}, "not both"},
        {{"new", "x", "--editor", "--hook", "match"}, "exclude each other"},
        {{"new", command.path("nowhere"), "--editor"}, "No such file or directory"},
      } do
        local code, _, err = run(case[1])
        assert.equal(2, code)
        has(err, case[2])
      end
    end)

    describe("--editor", function()
      setup(function() assert.equal(0, (run{"new", "--editor", command.path(".")})) end)

      it("teaches luacheck what policies see", function()
        assert(shell("mkdir -p checked && cp -r .luacheckrc checked && cp '" .. root .. "'/policies/*.lua checked"))
        local good, text = shell("cd checked && luacheck -q --no-color .")
        assert.is_true(good, text)
        write("checked/bad.lua", header .. "local P = {}\nfunction P.match(cx, claim, nodes)\n" ..
          "  os.exit(#string.gsubb(chandra.nothing, chandra.version))\n  return nodes\nend\nreturn P\n")
        good, text = shell("cd checked && luacheck -q --no-color bad.lua")
        assert.is_false(good)
        for _, name in ipairs{"os", "gsubb", "nothing"} do has(text, "'" .. name .. "'") end
      end)

      it("tells the language server every entry of the reference", function()
        local stubs = command.read(".luals/chandra.lua")
        assert(load(stubs, "=stubs", "t", {}))
        has(stubs, "---@meta")
        local _, result = run_json{"capabilities"}
        assert.is_true(#result.reference > 200)
        for _, entry in ipairs(result.reference) do
          if entry.kind == "field" then
            local class = stubs:match("---@class chandra%." .. entry.owner .. "\n(.-)\nlocal ")
            has(class, "---@field " .. entry.name:match("[%w_]+$") .. " ")
          elseif entry.kind == "method" or entry.kind == "function" then
            has(stubs, "\nfunction " .. entry.name .. "(")
          elseif entry.kind == "type" then
            has(stubs, "---@class chandra." .. entry.name .. "\n")
          elseif entry.kind == "hook" then
            has(stubs, "---@field " .. entry.name .. "? fun(")
          else
            has(stubs, entry.name)
          end
        end
        has(stubs, "---@param nodes chandra.nodeset")
        has(stubs, "---@return chandra.nodeset")
        assert.is_nil(stubs:find("chandra.chandra.", 1, true))
      end)

      it("writes its own files anew, and leaves others alone", function()
        local text = command.read(".luals/chandra.lua")
        write(".luals/chandra.lua", text:match("^[^\n]*\n"))
        write(".luacheckrc", "-- mine\n")
        local code, out, err = run{"new", "--editor", command.path(".")}
        assert.equal(0, code)
        assert.equal(text, command.read(".luals/chandra.lua"))
        assert.equal("-- mine\n", command.read(".luacheckrc"))
        has(err, ".luacheckrc is there already, and stays as it is")
        assert.is_nil(out:find(".luacheckrc", 1, true))
      end)
    end)
  end)

  describe("check", function()
    it("takes several files, and folders", function()
      local good = header .. "return {match = function(_, _, nodes) return nodes end}\n"
      write("many/a.lua", good)
      write("many/b.lua", header .. "return {match = function(_, claim, nodes) print(claim.nmae) return nodes end}\n")
      write("many/b_spec.lua", "this is no policy")
      local code, result = run_json{"check", command.path("many"), write("c.lua", good)}
      assert.equal(1, code)
      assert.equal(3, result.files)
      assert.equal(1, result.findingCount)
      assert.same({file = command.path("many/b.lua"), line = 2, column = 55, rule = "unknown-field",
        message = "claim has no field 'nmae'; did you mean 'name'?"}, result.findings[1])
      local _, out = run{"check", command.path("many")}
      assert.equal(command.path("many/a.lua") .. ": ok\n" .. command.path("many/b.lua") ..
        ":2:55: claim has no field 'nmae'; did you mean 'name'?\n", out)
      write("empty/x.txt", "")
      local empty, _, err = run{"check", command.path("empty")}
      assert.equal(2, empty)
      has(err, "no file here ends in .lua")
    end)

    it("runs the hooks once", function()
      local path = write("trial.lua", header .. "return {\n  score = function(_, _, node)\n" ..
        "    return #node.labels.zone\n  end,\n}\n")
      local code, out = run{"check", path}
      assert.equal(1, code)
      has(out, path .. ":4:1: fails in a trial run: attempt to get length of a nil value (field 'zone')")
      code, out = run{"check", "--trial=false", path}
      assert.equal(0, code)
      assert.equal(path .. ": ok\n", out)
      for _, hook in ipairs{"match", "score", "scores", "suggest", "release"} do
        code, out = run({"check", "-"}, {stdin = header .. "return {" .. hook .. " = function() error('oops') end}"})
        assert.equal(1, code)
        has(out, "-:2:1: fails in a trial run: oops (hook " .. hook)
      end
      code, out = run({"check", "-"}, {stdin = header .. "return {match = function() while true do end end}"})
      assert.equal(1, code)
      has(out, "fails in a trial run: ")
      -- A local that nobody reads does not hide what is worse.
      code, out = run({"check", "-"}, {stdin = header ..
        "local P = {}\nfunction P.match(_, claim, nodes)\n  local x = claim.labels.a.b\n  return nodes\nend\nreturn P"})
      assert.equal(1, code)
      has(out, "-:4:9: local 'x' is never used\n")
      has(out, "-:4:1: fails in a trial run: attempt to index a nil value (field 'a')")
    end)

    it("says what is wrong with headers", function()
      for text, part in pairs{
        [""] = "-:1:1: want a first line '--!chandra api=1 name=NAME version=X.Y.Z'",
        ["--!chandra api=2 name=p version=1\n"] = "-:1:1: written for script API 2",
        ["--!chandra api=1, name=p, version=1\n"] = "-:1:1: fields of the header stand apart by spaces, not by ','",
        ["--!chandra api=1 nam=p version=1\n"] = "-:1:1: unknown header field 'nam'; did you mean 'name'?",
        ["--!chandra api=1 name=p\n"] = "-:1:1: the header lacks 'version='",
        ["--!chandra api=1 name=p version=1 hooks=mach\n"] = "-:1:1: unknown hook 'mach'; did you mean 'match'?",
        ["--!chandra api=1 name=p version=1 hooks=score\n"] = "-:1:1: the header promises hook 'score'",
      } do
        local code, out = run({"check", "-"}, {stdin = text .. "return {match = function(_, _, nodes) return nodes end}"})
        assert.equal(1, code)
        has(out, part)
        has_not(out, "(policy )")
      end
      local _, out = run({"check", "-"}, {stdin = "local P = {}\n"})
      has(out, "must return its table of hooks, got nil; is there a 'return P' at its end? (policy ?)")
    end)
  end)

  describe("capabilities", function()
    it("says what policies can rely on", function()
      local code, out = run{"capabilities"}
      assert.equal(0, code)
      for _, part in ipairs{"script API         1.", "hooks              match score scores suggest release",
        "memory             16 MiB", "instructions       2000000", "time               100 ms", "\nstring ",
        "Lua                5.4"} do has(out, part) end
      for line in out:gmatch("[^\n]+") do assert.is_true(#line <= 80, line) end
      local _, result = run_json{"capabilities"}
      assert.equal(1, result.scriptAPI)
      assert.same({"match", "score", "scores", "suggest", "release"}, result.hooks)
      assert.equal(2000000, result.limits.instructions)
      assert.equal(16 << 20, result.limits.memoryBytes)
      assert.is_boolean(result.parts.kube)
      assert.is_boolean(result.parts.editing)
      assert.is_truthy(table.concat(result.libraries.table, " "):find("concat", 1, true))
    end)

    -- Examples use what a hook has at hand; what they do with the results is their own affair.
    it("has examples that check finds nothing wrong with", function()
      local quiet = {["unused-local"] = true, ["dropped-result"] = true, ["return"] = true}
      local _, result = run_json{"capabilities"}
      for _, entry in ipairs(result.reference) do
        if entry.example and entry.kind ~= "header" and entry.kind ~= "hook" then
          local _, found = run_json({"check", "--trial=false", "-"}, {stdin = header .. "local P = {}\n" ..
            "function P.match(cx, claim, nodes)\nlocal pod, claims, node, zone = cx.pod, cx.claims, nodes:first(), 'a'\n" ..
            "local count, limit, batch = 1, chandra.quantity.parse('1Gi'), chandra.set{}\n" ..
            "local counts, names, set = cx:count_claims(), nodes:names(), nodes\ndo\n" .. entry.example ..
            "\nend\nreturn nodes, pod, claims, node, counts, names, set, zone, count, limit, batch\nend\nreturn P\n"})
          for _, finding in ipairs(found.findings) do
            assert.is_true(quiet[finding.rule] or false, entry.name .. ": " .. finding.message)
          end
        end
      end
    end)

    it("agrees with the luacheck settings of this project", function()
      local settings = setmetatable({stds = {}, files = {}}, {__index = _G})
      assert(load(read_file(".luacheckrc"), "=.luacheckrc", "t", settings))()
      local _, result = run_json{"capabilities"}

      local function agrees(seen, members)
        local names = {}
        for key, value in pairs(seen) do names[#names + 1] = type(key) == "string" and key or value end
        table.sort(names)
        table.sort(members)
        assert.same(members, names)
      end

      local globals = result.globals
      local parts = {}
      for name, members in pairs(result.libraries) do
        local owner, part = name:match("^(.*)%.(.-)$")
        if owner then
          parts[owner] = parts[owner] or {}
          table.insert(parts[owner], part)
        else
          globals[#globals + 1] = name
          parts[name] = parts[name] or {}
        end
        parts[name] = parts[name] or {}
        for _, member in ipairs(members) do table.insert(parts[name], member) end
      end
      local seen = settings.stds.policy.read_globals
      agrees(seen, globals)
      for name, members in pairs(parts) do
        local place = {fields = seen}
        for word in name:gmatch("[^.]+") do place = place.fields[word] end
        agrees(place.fields, members)
      end
    end)

    it("prints the reference that bindings/lua has", function()
      local _, out = run{"capabilities", "--reference"}
      assert.is_true(out == read_file("bindings/lua/reference.md"),
        "out of date: chandra capabilities --reference >bindings/lua/reference.md")
    end)
  end)
end)
