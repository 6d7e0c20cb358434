-- runner.lua: the part of `chandra test` that runs in a spec's own state: busted's words, luassert, one case.
--
-- busted itself is not used: it needs io, os, debug and penlight inside the state, sets globals for the specs, and
-- knows no case without the ones before it. Its words are few; what is worth having of it, luassert, is here.
local host = ... -- {read = function(path), log = function(text)}

local path = package.path
-- A spec may change the libraries of its state, strings' methods too; what runs after it uses these.
local raise = error
local format, gsub, match, utf8_len = string.format, string.gsub, string.match, utf8.len

-- Failures and skips are told from errors by their metatables, as busted does.
local failure = {__name = "failure", __tostring = function(self) return self.message end}
local skip = {__name = "skip", __tostring = function(self) return self.message end}

local function fail(message, level)
  if type(message) ~= "string" then
    raise(message, 0)
  end
  local _, placed = pcall(raise, message, (level or 1) + 2)
  raise(setmetatable({message = placed}, failure), 0)
end

-- luassert's own `error` makes failures; everything else it sees is Lua's.
local assert_env = setmetatable({error = fail}, {__index = _G})
table.insert(package.searchers, 2, function(name)
  if not name:match("^luassert%f[.\0]") then
    return nil
  end
  local file, problem = package.searchpath(name, path)
  if not file then
    return problem
  end
  local chunk = assert(loadfile(file, "t", assert_env))
  return chunk, file
end)

local luassert = require "luassert"
local tools = {assert = luassert, spy = require "luassert.spy", stub = require "luassert.stub",
  mock = require "luassert.mock", match = require "luassert.match"}

-- Count assertions: a case that makes none tests nothing. Tail calls, so that the levels of errors stay.
local assertions = 0
for _, meta in ipairs{getmetatable(luassert), getmetatable(luassert.state())} do
  local call = meta.__call
  meta.__call = function(...)
    assertions = assertions + 1
    return call(...)
  end
end

local BASE = "assert error getmetatable ipairs next pairs pcall rawequal rawget rawlen rawset select setmetatable " ..
  "tonumber tostring type xpcall _VERSION"
local LIBRARIES = "coroutine math string table utf8"

local file, folder -- of the spec
local cases = {}
local block        -- the one that is being described
local is_running = false
local finalizers = {}

local function words(text) return text:gmatch("%S+") end

-- What a spec says of itself.

local api = {}

function api.describe(name, body)
  local outer = block
  block = {name = tostring(name), outer = outer, setup = {}, teardown = {}, before_each = {}, after_each = {}}
  body()
  block = outer
end

local function full_name(name)
  local names, at = {tostring(name)}, block
  while at do
    table.insert(names, 1, at.name)
    at = at.outer
  end
  return table.concat(names, " ", 2) -- the file is the first
end

local function add_case(name, body, is_pending)
  if is_running then
    raise("a case inside a case", 3)
  end
  local full = full_name(name)
  local tags = {}
  for tag in full:gmatch("#([%w_-]+)") do
    tags[#tags + 1] = tag
  end
  local info = debug.getinfo(3, "l")
  cases[#cases + 1] = {name = full, line = info and info.currentline or 0, tags = tags, body = body, block = block,
    is_pending = is_pending}
end

function api.it(name, body) return (add_case(name, body, not body)) end

function api.pending(name, _)
  if is_running then
    raise(setmetatable({message = tostring(name)}, skip), 0)
  end
  return (add_case(name, nil, true))
end

function api.finally(body) finalizers[#finalizers + 1] = body end

local function collects(list)
  return function(body)
    table.insert(block[list], body)
  end
end

for alias, list in pairs{setup = "setup", lazy_setup = "setup", strict_setup = "setup", teardown = "teardown",
  lazy_teardown = "teardown", strict_teardown = "teardown", before_each = "before_each", after_each = "after_each"} do
  api[alias] = collects(list)
end
api.context, api.insulate, api.expose = api.describe, api.describe, api.describe
api.spec, api.test = api.it, api.it

-- The environment of specs, and of the modules beside them.

local env = {}
local loaded = {}

local function spec_print(...)
  local parts = table.pack(...)
  for i = 1, parts.n do
    parts[i] = tostring(parts[i])
  end
  host.log(table.concat(parts, "\t"))
end

local function load_beside(name)
  local beside = folder .. name:gsub("%.", "/") .. ".lua"
  local text = name:match("^[%w_][%w_.-]*$") and host.read(beside)
  if not text then
    raise(("module '%s' not found: a spec may require chandra, chandra.testing, luassert and files beside it"):format(
      name), 3)
  end
  local chunk, problem = load(text, "@" .. beside, "t", env)
  if not chunk then
    raise(problem, 0)
  end
  return chunk(name, beside)
end

local function spec_require(name)
  if type(name) ~= "string" then
    raise("require: want the name of a module", 2)
  elseif name == "chandra" or name == "chandra.testing" or name:match("^luassert%f[.\0]") or name == "say" then
    return (require(name))
  end
  if loaded[name] == nil then
    local value = load_beside(name)
    loaded[name] = value == nil and true or value
  end
  return loaded[name]
end

local function fill_env()
  for name in words(BASE) do
    env[name] = _G[name]
  end
  for name in words(LIBRARIES) do
    env[name] = {}
    for key, value in pairs(_G[name]) do
      env[name][key] = value
    end
  end
  for _, names in ipairs{tools, api} do
    for name, value in pairs(names) do
      env[name] = value
    end
  end
  env._G, env.print, env.require = env, spec_print, spec_require
end

-- Running.

-- Text for people and for documents: UTF-8, no control characters but line breaks and tabs.
local function clean(text)
  text = gsub(text, "[%c]", function(c) return (c == "\n" or c == "\t") and c or " " end)
  return (utf8_len(text) and text or gsub(text, "[\128-\255]", "?"))
end

-- The line of the spec that is at work, from inside an error handler.
local function spec_line()
  for level = 2, 200 do
    local info = debug.getinfo(level, "Sl")
    if not info then
      return nil
    elseif info.source == "@" .. file then
      return info.currentline
    end
  end
end

local function describe_error(object)
  local kind = getmetatable(object)
  if kind == failure then
    return "failed", object.message
  elseif kind == skip then
    return "skipped", object.message
  elseif type(object) == "string" or type(object) == "number" then
    return "error", tostring(object)
  end
  local is_fine, text = pcall(tostring, object)
  local is_plain = not (type(kind) == "table" and kind.__tostring)
  return "error", is_fine and not is_plain and text or "the error is no message but a " .. type(object)
end

-- Run a part of the case that begins at `line`; the first thing that goes wrong is what the result says.
local function step(result, line, prefix, body)
  local function handler(object)
    local status, message = describe_error(object)
    return {status = status, message = message, line = spec_line()}
  end
  local is_fine, problem = xpcall(body, handler)
  if is_fine then
    return true
  end
  if type(problem) ~= "table" then -- the handler had no memory or no stack left
    problem = {status = "error", message = tostring(problem)}
  end
  if result.status == "passed" then
    if problem.status == "failed" and prefix ~= "" then
      problem.status = "error" -- only a case itself can fail
    end
    result.status, result.line = problem.status, problem.line
    result.message = clean(prefix .. problem.message)
    if problem.status == "error" and not match(problem.message, "^[^\n]-:%d+: ") then
      result.message = format("%s:%d: %s", file, problem.line or line, result.message)
    end
  end
  return false
end

local function each(result, line, blocks, list)
  for _, at in ipairs(blocks) do
    for _, body in ipairs(at[list]) do
      if not step(result, line, list .. ": ", body) then
        return false
      end
    end
  end
  return true
end

local function run_body(case, result, blocks)
  if not each(result, case.line, blocks, "before_each") then
    return
  end
  assertions = 0
  step(result, case.line, "", case.body)
  result.assertions = assertions
  for _, body in ipairs(finalizers) do
    step(result, case.line, "finally: ", body)
  end
end

local runner = {}

--- Run the file's text, which says what cases there are; an array of {name=, line=, tags=}.
function runner.load(spec_file, text)
  file, folder = spec_file, spec_file:match("^.*/") or ""
  math.randomseed(1) -- the same in every run, as all chance here
  block = {name = file, setup = {}, teardown = {}, before_each = {}, after_each = {}}
  fill_env()
  local chunk, problem = load(text, "@" .. file, "t", env)
  if not chunk then
    raise(problem, 0)
  end
  local function handler(object)
    local _, message = describe_error(object)
    return clean(message)
  end
  local is_fine, message = xpcall(chunk, handler)
  if not is_fine then
    raise(message, 0)
  end
  local list = {}
  for i, case in ipairs(cases) do
    list[i] = {name = clean(case.name), line = case.line, tags = case.tags}
  end
  return list
end

--- Run one case; {status=, message=, line=, assertions=}.
function runner.run(index)
  local case, result = cases[index], {status = "passed", assertions = 0}
  if case.is_pending then
    return {status = "skipped", message = "pending", assertions = 0}
  end
  local inward, outward = {}, {}
  local at = case.block
  while at do
    table.insert(inward, 1, at)
    outward[#outward + 1] = at
    at = at.outer
  end
  is_running = true
  if each(result, case.line, inward, "setup") then
    run_body(case, result, inward)
    each(result, case.line, outward, "after_each")
  end
  each(result, case.line, outward, "teardown")
  if result.status == "passed" and result.assertions == 0 then
    result.status, result.message, result.line = "failed", "the case asserts nothing", case.line
  end
  return result
end

return runner
