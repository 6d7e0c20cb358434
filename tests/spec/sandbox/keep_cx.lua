--!chandra api=1 name=attack version=1
-- ok
-- cx is the same in all calls and shows the present one; what it showed before is over.
local kept, pod
return {match = function(cx, claim, nodes)
  if kept then
    assert(kept == cx and kept.pod.name == cx.pod.name and #kept.claims > 0 and kept:nodes() == nodes)
    assert(not pcall(function() return pod.name end))
  end
  kept, pod = cx, cx.pod
  return nodes
end}
