--!chandra api=1 name=attack version=1
-- match fails: claims or pods expected in the array, got a table
return {match = function(cx, claim, nodes)
  local t = {}
  t[1] = t
  local _ = cx:count_by(t, "zone")
  return nodes
end}
