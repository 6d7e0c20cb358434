
--!chandra api=1 name=x version=1
return {match = function() end}
-- load fails: want a first line
