--!chandra api=1 name=attack version=1
-- release fails: release must return one of the claims
return {release = function(cx, pod, claims)
  return 1
end}
