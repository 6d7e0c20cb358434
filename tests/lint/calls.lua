-- calls.lua: functions that nobody may call, and the few places that may.
-- Usage: lua5.4 tests/lint/calls.lua (from the top of the tree)
package.path = "tests/lint/?.lua;" .. package.path
local files = require "files"

local unsafe = {
  "sprintf", "vsprintf", "strcpy", "strcat", "strncpy", "strncat", "strtok", "gets", "atoi", "atol",
  "atof", "rand", "srand", "setjmp", "longjmp", "alloca",
}
local memory = {"malloc", "calloc", "realloc", "free", "strdup", "strndup"}
local ending = {"exit", "abort", "_exit", "printf", "puts", "putchar", "perror"}

local findings = 0
local function ban(names, folders, except)
  for _, folder in ipairs(folders) do
    for _, file in ipairs(files.list(folder, "[ch]")) do
      local text = files.read(file):gsub("/%*.-%*/", function(comment) return comment:gsub("[^\n]", " ") end)
      text = text:gsub('"[^"\n]*"', '""')
      local number = 0
      for line in text:gmatch("([^\n]*)\n") do
        number = number + 1
        for _, name in ipairs(names) do
          -- ops->free(...) and (*free)(...) are members, not the C library's functions.
          if not (except and file:match(except)) and (" " .. line):match("[^%w_>.*]" .. name .. "%s*%(") then
            findings = findings + 1
            io.stderr:write(("%s:%d: %s() is banned here\n"):format(file, number, name))
          end
        end
      end
    end
  end
end

ban(unsafe, {"core", "bindings"})
ban(memory, {"core", "bindings"}, "^core/src/base/alloc%.c$")
ban(ending, {"core", "bindings/lua"})
os.exit(findings == 0)
