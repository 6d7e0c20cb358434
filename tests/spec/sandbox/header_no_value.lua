--!chandra api=1 name version=1
return {}
-- load fails: want key=value
