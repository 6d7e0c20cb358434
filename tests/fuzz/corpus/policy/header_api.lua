--!chandra api=9 name=x version=1
return {}
-- load fails: written for script API 9; this chandra has 1
