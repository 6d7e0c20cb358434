--!chandra api=1 name=attack version=1
-- match fails: too many
return {match = function(cx, claim, nodes)
  local function f(n, ...) if n == 0 then return table.pack(...) end return f(n - 1, ..., ...) end
  local t = f(300)
  local _ = string.char(table.unpack(t, 1, 1000)) .. table.concat(t, ",", 1, 10) .. error("too many")
  return nodes
end}
