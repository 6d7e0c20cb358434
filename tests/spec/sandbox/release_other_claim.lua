--!chandra api=1 name=attack version=1
-- release fails: is not one of those given
return {release = function(cx, pod, claims)
  for _, other in ipairs(cx:find_claims{}) do if other ~= claims[1] then return other end end
end}
