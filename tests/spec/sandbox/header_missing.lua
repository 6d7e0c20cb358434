return {match = function() end}
-- load fails: want a first line
