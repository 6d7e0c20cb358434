--!chandra api=1 name=attack version=1
-- ok
return {release = function(cx, pod, claims)
  return nil
end}
