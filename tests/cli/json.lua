-- json.lua: reads JSON text, strictly enough for tests. null is json.null.
local M = {null = setmetatable({}, {__tostring = function() return "null" end})}

local read

local escapes = {b = "\b", f = "\f", n = "\n", r = "\r", t = "\t"}

local function read_string(text, at)
  local parts = {}
  while true do
    local stop = assert(text:find('["\\]', at), "unfinished string")
    parts[#parts + 1] = text:sub(at, stop - 1)
    if text:sub(stop, stop) == '"' then return table.concat(parts), stop + 1 end
    local letter = text:sub(stop + 1, stop + 1)
    if letter == "u" then
      parts[#parts + 1] = utf8.char(tonumber(text:sub(stop + 2, stop + 5), 16))
      at = stop + 6
    else
      parts[#parts + 1] = escapes[letter] or letter
      at = stop + 2
    end
  end
end

-- Members or elements up to the closing bracket; `take` reads one and returns where it ends.
local function read_members(text, at, close, take)
  at = text:match("^%s*()", at)
  if text:sub(at, at) == close then return at + 1 end
  while true do
    at = text:match("^%s*()", take(at))
    local mark = text:sub(at, at)
    if mark == close then return at + 1 end
    assert(mark == ",", "want , or " .. close .. " at " .. at)
    at = at + 1
  end
end

local function read_object(text, at)
  local object = {}
  return object, read_members(text, at, "}", function(start)
    local key, value
    start = assert(text:match('^%s*"()', start), "want a key")
    key, start = read_string(text, start)
    assert(object[key] == nil, "duplicate key " .. key)
    value, start = read(text, assert(text:match("^%s*:()", start), "want :"))
    object[key] = value
    return start
  end)
end

local function read_array(text, at)
  local array = {}
  return array, read_members(text, at, "]", function(start)
    array[#array + 1], start = read(text, start)
    return start
  end)
end

function read(text, at)
  at = text:match("^%s*()", at)
  local mark = text:sub(at, at)
  if mark == "{" then return read_object(text, at + 1) end
  if mark == "[" then return read_array(text, at + 1) end
  if mark == '"' then return read_string(text, at + 1) end
  for word, value in pairs {["true"] = true, ["false"] = false, null = M.null} do
    if text:sub(at, at + #word - 1) == word then return value, at + #word end
  end
  local number, stop = text:match("^(-?%d[%d.eE+-]*)()", at)
  return assert(tonumber(number), "no value at " .. at), stop
end

-- The one value that the text holds; anything after it is an error.
function M.decode(text)
  local value, at = read(text, 1)
  assert(text:match("^%s*$", at), "text after the value: " .. text:sub(at, at + 60))
  return value
end

return M
