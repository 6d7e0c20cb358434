--!chandra api=1 name=attack version=1
-- load fails: must return its table of hooks, got function
return function() end
