--!chandra api=1 name=attack version=1
-- ok
local s = "_ENV" -- _ENV
return {match = function(_, _, nodes) return nodes, s end}
