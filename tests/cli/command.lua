-- command.lua: runs the chandra command as a user would, in a folder of its own.
local json = dofile "tests/cli/json.lua"
local M = {}

local binary = assert(os.getenv("CHANDRA_BIN"), "CHANDRA_BIN is not set: it names the chandra command")
local folder

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function read_file(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

-- Begin with an empty folder.
function M.open()
  local pipe = assert(io.popen("mktemp -d"))
  folder = pipe:read("l")
  pipe:close()
end

function M.close() os.execute("rm -rf " .. quote(folder)) end

-- The path of a file in the folder.
function M.path(name) return folder .. "/" .. name end

-- Write a file, with the folders above it; returns its path.
function M.write(name, text)
  local path = M.path(name)
  os.execute("mkdir -p " .. quote(path:match("^(.*)/")))
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

function M.read(name) return read_file(M.path(name)) end

-- Run the command; options: stdin (text), env (table). Returns exit code, standard output and error.
function M.run(arguments, options)
  options = options or {}
  local words = {"env", "-u", "CHANDRA_SIMULATE_NODES"}
  for name, value in pairs(options.env or {}) do words[#words + 1] = quote(name .. "=" .. value) end
  words[#words + 1] = quote(binary)
  for _, argument in ipairs(arguments) do words[#words + 1] = quote(argument) end
  local input = M.write(".stdin", options.stdin or "")
  local _, _, code = os.execute(("%s <%s >%s 2>%s"):format(
    table.concat(words, " "), quote(input), quote(M.path(".stdout")), quote(M.path(".stderr"))))
  return code, M.read(".stdout"), M.read(".stderr")
end

-- Run with -o json; returns exit code, the one object, standard error.
function M.run_json(arguments, options)
  local words = {table.unpack(arguments)}
  words[#words + 1] = "-o"
  words[#words + 1] = "json"
  local code, out, err = M.run(words, options)
  return code, json.decode(out), err
end

M.null = json.null
return M
