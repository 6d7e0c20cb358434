--!chandra api=1 name=attack version=1
-- match fails: cannot write the global 'helper'
return {match = function(cx, claim, nodes)
  function helper() end
  return nodes
end}
