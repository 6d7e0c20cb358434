--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(math.type(chandra.api_minor) == "integer" and chandra.api_minor >= 0)
  assert(not pcall(function() chandra.api_minor = 99 end))
  return nodes
end}
