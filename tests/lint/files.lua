-- files.lua: the files of the tree, for the lints.
local M = {}

-- The tracked or new files under a folder whose suffix matches the pattern, in order.
function M.list(folder, suffix)
  local result = {}
  local pipe = assert(io.popen(("git ls-files --cached --others --exclude-standard -- '%s'"):format(folder)))
  for name in pipe:lines() do
    local file = name:match("%." .. suffix .. "$") and io.open(name)
    if file then
      file:close()
      result[#result + 1] = name
    end
  end
  assert(pipe:close())
  table.sort(result)
  return result
end

function M.read(name)
  local file = assert(io.open(name))
  local text = file:read("a")
  file:close()
  return text
end

-- number, line for each line of a file.
function M.lines(name)
  local number = 0
  local next_line = io.lines(name)
  return function()
    number = number + 1
    local line = next_line()
    if line then return number, line end
  end
end

return M
