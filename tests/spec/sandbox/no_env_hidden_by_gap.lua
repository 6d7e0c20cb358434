--!chandra api=1 name=attack version=1
-- load fails: _ENV is not offered
local s = "\z
  "; local _ENV <const> = {}; local t = "\z
"
return {match = function() end}
