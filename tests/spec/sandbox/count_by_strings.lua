--!chandra api=1 name=attack version=1
-- match fails: claims or pods expected in the array, got a string
return {match = function(cx, claim, nodes)
  local _ = cx:count_by({"x"}, "zone")
  return nodes
end}
