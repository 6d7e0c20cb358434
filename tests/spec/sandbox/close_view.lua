--!chandra api=1 name=attack version=1
-- match fails: non-closable value
return {match = function(cx, claim, nodes)
  local x <close> = nodes
  local _ = x
  return nodes
end}
