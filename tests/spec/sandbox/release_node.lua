--!chandra api=1 name=attack version=1
-- release fails: got node
return {release = function(cx, pod, claims)
  return cx:nodes():first()
end}
