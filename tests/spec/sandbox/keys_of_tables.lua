--!chandra api=1 name=attack version=1
-- match fails: cannot order keys
return {match = function(cx, claim, nodes)
  local _ = chandra.keys{[{}] = 1, [{1}] = 2}
  return nodes
end}
