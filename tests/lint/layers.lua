-- layers.lua: a source file includes only its own layer, lower layers and public headers.
-- Usage: lua5.4 tests/lint/layers.lua (from the top of the tree)
package.path = "tests/lint/?.lua;" .. package.path
local files = require "files"

local rank = {base = 1, doc = 2, model = 3, api = 4, cache = 5, engine = 6, record = 7, sim = 7, kube = 7}
-- sim, kube and record stand side by side: none may include another.
local sources = files.list("core/src", "[ch]")
local findings = 0

local function complain(file, line, text)
  findings = findings + 1
  io.stderr:write(("%s:%d: %s\n"):format(file, line, text))
end

-- Libraries that only one file may see, so that they can be replaced.
local wrapped = {
  ["cJSON.h"] = "core/src/doc/json", ["cjson/cJSON.h"] = "core/src/doc/json",
  ["yaml.h"] = "core/src/doc/yaml", ["uthash.h"] = "core/src/base/map.c",
  ["zlib.h"] = "core/src/record/gzip", ["curl/curl.h"] = "core/src/kube/http",
}

local function check_core(file)
  local layer = file:match("^core/src/(%w+)/")
  for number, line in files.lines(file) do
    local header = line:match('^%s*#%s*include%s*"([^"]+)"')
    local system = line:match("^%s*#%s*include%s*<([^>]+)>")
    local other = header and header:match("^(%w+)/")
    if header and not rank[other or ""] then
      complain(file, number, "include a layer's header by its path, such as \"base/buf.h\"")
    elseif other and other ~= layer and rank[other] >= rank[layer] then
      complain(file, number, layer .. " must not include " .. other)
    elseif system and system:match("^lua") then
      complain(file, number, "core must not include Lua")
    elseif system and wrapped[system] and file:sub(1, #wrapped[system]) ~= wrapped[system] then
      complain(file, number, system .. " belongs to " .. wrapped[system] .. " alone")
    end
  end
end

for _, file in ipairs(sources) do check_core(file) end
for _, file in ipairs(files.list("core/include", "h")) do
  for number, line in files.lines(file) do
    if line:match('^%s*#%s*include%s*"') then complain(file, number, "a public header includes only <chandra/...>") end
  end
end
for _, file in ipairs(files.list("bindings", "[ch]")) do
  for number, line in files.lines(file) do
    local header = line:match('^%s*#%s*include%s*"([^"]+)"')
    if header and rank[header:match("^(%w+)/") or ""] then
      complain(file, number, "bindings use public headers only")
    end
  end
end
if #sources == 0 then complain("core/src", 0, "no sources found") end
os.exit(findings == 0)
