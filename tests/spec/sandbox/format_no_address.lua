--!chandra api=1 name=attack version=1
-- ok
return {match = function(cx, claim, nodes)
  assert(("%s"):format({}) == "table" and ("%s"):format(print) == "function")
  return nodes
end}
