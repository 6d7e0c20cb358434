-- examples/tutorial.md, typed as it stands in an empty folder: its files are written, its commands print
-- what it says. "..." stands for anything, alone in a line for any number of lines.
local chandra = os.getenv("CHANDRA_BIN")

local function read(name)
  local file = assert(io.open(name))
  local text = file:read("a")
  file:close()
  return text
end

local function write(name, text)
  local file = assert(io.open(name, "w"))
  file:write(text)
  file:close()
end

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function lines_of(text)
  local result = {}
  for line in (text:gsub("\n$", "") .. "\n"):gmatch("([^\n]*)\n") do result[#result + 1] = (line:gsub("%s+$", "")) end
  return result
end

local function line_matches(want, got)
  local pattern = want:gsub("[%^%$%(%)%%%[%]%*%+%-%?]", "%%%0"):gsub("%.%.%.", "\0"):gsub("%.", "%%."):gsub("%z", ".*")
  return got:match("^" .. pattern .. "$") ~= nil
end

local function matches(want, got, i, j)
  i, j = i or 1, j or 1
  if want[i] == nil then return got[j] == nil end
  if want[i] ~= "..." then return got[j] ~= nil and line_matches(want[i], got[j]) and matches(want, got, i + 1, j + 1) end
  for rest = j, #got + 1 do
    if matches(want, got, i + 1, rest) then return true end
  end
  return false
end

-- The fenced blocks in order: {language, name, text}.
local function blocks_of(page)
  local blocks = {}
  for head, text in page:gmatch("\n```(%w[^\n]*)\n(.-)\n```\n") do
    local language, name = head:match("^(%w+) ?(.*)$")
    blocks[#blocks + 1] = {language = language, name = name, text = text .. "\n"}
  end
  return blocks
end

-- The commands of a console, each with the lines that it prints.
local function commands_of(text)
  local commands = {}
  for _, line in ipairs(lines_of(text)) do
    local command, more = line:match("^%$ (.*)$"), line:match("^> (.*)$")
    local last = commands[#commands]
    if command then
      commands[#commands + 1] = {line = command, want = {}}
    elseif more and #last.want == 0 then
      last.line = last.line .. "\n" .. more
    else
      last.want[#last.want + 1] = line
    end
  end
  return commands
end

describe("examples/tutorial.md", function()
  local folder

  setup(function()
    local pipe = assert(io.popen("mktemp -d && realpath " .. quote(chandra)))
    folder, chandra = pipe:read("l"), pipe:read("l")
    pipe:close()
  end)
  teardown(function() os.execute("rm -rf " .. quote(folder)) end)

  local function run(command)
    write(folder .. "/.command", command .. "\n")
    local pipe = assert(io.popen(("cd %s && PATH=%s:$PATH sh .command 2>&1"):format(quote(folder),
      quote(chandra:match("^(.*)/")))))
    local text = pipe:read("a")
    pipe:close()
    return lines_of(text)
  end

  local page = read("examples/tutorial.md")
  local count = 0
  for _, block in ipairs(blocks_of(page)) do
    if block.name ~= "" then
      it("lets you write " .. block.name, function() write(folder .. "/" .. block.name, block.text) end)
    elseif block.language == "console" then
      for _, command in ipairs(commands_of(block.text)) do
        count = count + 1
        it("shows what happens after " .. command.line:match("[^\n]*"), function()
          local got = run(command.line)
          local want = #command.want > 0 and command.want or {""}
          assert.is_true(matches(want, got), "it prints:\n" .. table.concat(got, "\n"))
        end)
      end
    end
  end
  it("shows enough", function() assert.is_true(count >= 12) end)
end)
