--!chandra api=1 name=attack version=1
-- ok
-- The numbers of one label's domains are not taken for another's.
return {match = function(cx, claim, nodes)
  local function text(key)
    local parts = {}
    for name, count in pairs(cx:count_by(nodes, key)) do parts[#parts + 1] = name .. "=" .. count end
    return table.concat(parts, ",")
  end
  local keys = {"zone", "disk", "", ("k"):rep(400), "kubernetes.io/hostname"}
  local first = {}
  for i, key in ipairs(keys) do first[i] = text(key) assert(text(key) == first[i]) end
  for i = #keys, 1, -1 do assert(text(keys[i]) == first[i], keys[i]) end
  return nodes
end}
