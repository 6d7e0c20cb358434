-- Lua 5.4; policies see less than that: what the sandbox offers.
std = "lua54"
max_line_length = 130
exclude_files = {"tests/spec/sandbox", "tests/fuzz/corpus", "build"}

stds.policy = {
  read_globals = {
    "assert", "error", "ipairs", "pairs", "pcall", "print", "rawequal", "rawlen", "select", "tonumber",
    "tostring", "type", "xpcall",
    chandra = {
      fields = {
        "api", "api_minor", "keys", "set", "sorted", "version",
        log = {fields = {"debug", "error", "info", "warning"}},
        quantity = {fields = {"parse"}},
        semver = {fields = {"compare", "parse"}},
      },
    },
    math = {
      fields = {
        "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max",
        "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "sin", "sqrt", "tan", "tointeger",
        "type", "ult",
      },
    },
    string = {
      fields = {
        "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep", "reverse", "split", "sub",
        "upper",
      },
    },
    table = {fields = {"concat", "insert", "pack", "remove", "sort", "unpack"}},
    utf8 = {fields = {"char", "codepoint", "codes", "len", "offset"}},
  },
}

files["policies"] = {std = "policy"}
files["policies/*_spec.lua"] = {std = "lua54+busted"}
files["tests/**/*_spec.lua"] = {std = "lua54+busted"}
files["tests/bench/library.lua"] = {std = "policy"}
files["tests/bench/per_node.lua"] = {std = "policy"}
