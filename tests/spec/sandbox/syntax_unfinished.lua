--!chandra api=1 name=attack version=1
-- load fails: expected
return {match = function(
