--!chandra api=1 name=attack version=1
-- release fails: over the limit of 2000000 instructions
return {release = function(cx, pod, claims)
  while true do end
end}
