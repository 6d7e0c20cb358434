--!chandra api=1 name=attack version=1
-- load fails: _ENV is not offered
return {match = function(_ENV) x = 1 end}
