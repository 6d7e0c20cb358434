-- pitfalls.lua: each of the 55 pitfalls of classic DRA is named by a test ("pitfall 17").
-- Usage: lua5.4 tests/lint/pitfalls.lua (from the top of the tree)
package.path = "tests/lint/?.lua;" .. package.path
local files = require "files"

local last = 55
local seen = {}
local function note(text)
  for numbers in text:gmatch("[Pp]itfalls?[ _]([%d, _and]+)") do
    for number in numbers:gmatch("%d+") do seen[tonumber(number)] = true end
  end
end

for _, suffix in ipairs {"c", "lua", "yaml"} do
  for _, file in ipairs(files.list("tests", suffix)) do
    if not file:match("^tests/lint/") then note(files.read(file)) end
  end
end
local missing = {}
for number = 1, last do
  if not seen[number] then missing[#missing + 1] = number end
end
if #missing > 0 then
  io.stderr:write("no test names pitfall " .. table.concat(missing, ", ") .. "\n")
end
os.exit(#missing == 0)
