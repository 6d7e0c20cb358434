--!chandra api=1 name=attack version=1
-- load fails: must return its table of hooks, got number
return 1
