-- What the pages show is what happens: a policy is the file it is said to be, commands print what is shown.
local command = dofile "tests/cli/command.lua"

local function read(name)
  local file = assert(io.open(name))
  local text = file:read("a")
  file:close()
  return text
end

-- The fenced blocks of a language.
local function blocks(text, language)
  local result = {}
  for block in text:gmatch("\n```" .. language .. "\n(.-)\n```\n") do result[#result + 1] = block end
  return result
end

local function lines_of(text)
  local result = {}
  for line in (text:gsub("\n$", "") .. "\n"):gmatch("([^\n]*)\n") do result[#result + 1] = line end
  return result
end

-- Whether `got` is what `want` says; "..." stands for any number of lines.
local function matches(want, got, i, j)
  i, j = i or 1, j or 1
  if want[i] == nil then return got[j] == nil end
  if want[i] ~= "..." then return want[i] == got[j] and matches(want, got, i + 1, j + 1) end
  for rest = j, #got + 1 do
    if matches(want, got, i + 1, rest) then return true end
  end
  return false
end

describe("README.md", function()
  local readme = read "README.md"

  it("shows the policy as it is", function()
    local shown = blocks(readme, "lua")
    assert.equal(1, #shown)
    assert.equal(read "examples/policies/drain_zone.lua", shown[1] .. "\n")
  end)
end)

-- A page, and how many commands it shows at least.
for page, least in pairs{["README.md"] = 3, ["examples/policies/README.md"] = 20} do
  describe(page, function()
    local consoles = blocks(read(page), "console")

    setup(command.open)
    teardown(command.close)

    it("shows commands", function() assert.is_true(#consoles >= least) end)
    for _, console in ipairs(consoles) do
      local line, rest = console:match("^%$ chandra ([^\n]*)\n(.*)$")
      it("shows what chandra " .. line .. " prints", function()
        local arguments = {}
        for word in line:gmatch("%S+") do arguments[#arguments + 1] = word end
        local _, out = command.run(arguments)
        assert.is_true(matches(lines_of(rest), lines_of(out)), "it prints:\n" .. out)
      end)
    end
  end)
end
