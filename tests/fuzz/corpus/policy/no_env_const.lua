--!chandra api=1 name=attack version=1
-- load fails: _ENV is not offered
local _ENV <const> = {}
return {match = function() end}
