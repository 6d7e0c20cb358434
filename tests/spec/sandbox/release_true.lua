--!chandra api=1 name=attack version=1
-- release fails: release must return one of the claims, false or nil, got boolean
return {release = function(cx, pod, claims)
  return true
end}
