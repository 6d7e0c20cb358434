-- docs.lua: every public function has a comment right above it; every file says what it is.
-- Usage: lua5.4 tests/lint/docs.lua (from the top of the tree)
package.path = "tests/lint/?.lua;" .. package.path
local files = require "files"

local findings, functions = 0, 0
local function complain(file, line, text)
  findings = findings + 1
  io.stderr:write(("%s:%d: %s\n"):format(file, line, text))
end

local function check_first_line(file)
  local first = io.lines(file)() or ""
  local base = file:match("[^/]+$")
  if not first:find("/* " .. base .. " - ", 1, true) then
    complain(file, 1, "begin with \"/* " .. base .. " - one sentence. */\"")
  end
end

-- Declarations that follow each other without an empty line share the comment above the first.
local function check_header(file)
  local is_comment, is_documented, is_declared = false, false, false
  for number, line in files.lines(file) do
    is_comment = is_comment or line:match("^%s*/%*") ~= nil
    if is_comment then
      is_documented, is_declared = true, false
      is_comment = not line:find("*/", 1, true)
    elseif line:match("^CHANDRA_API") then
      functions = functions + 1
      is_declared = true
      if not is_documented then complain(file, number, "a public function without a comment") end
    elseif line == "" and is_declared then
      is_documented, is_declared = false, false
    end
  end
end

for _, folder in ipairs {"core", "bindings", "tests", "examples"} do
  for _, file in ipairs(files.list(folder, "[ch]")) do check_first_line(file) end
end
for _, folder in ipairs {"core/include", "bindings/lua/include"} do
  for _, file in ipairs(files.list(folder, "h")) do check_header(file) end
end
if functions == 0 then complain("core/include", 0, "no public functions found") end
os.exit(findings == 0)
