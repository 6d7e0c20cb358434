--!chandra api=1 name=attack version=1
-- match fails: overflow
return {match = function(cx, claim, nodes)
  local function again(s) return (s:gsub("x", again)) end
  again("x")
  return nodes
end}
