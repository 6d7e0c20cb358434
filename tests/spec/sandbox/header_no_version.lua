--!chandra api=1 name=x
return {}
-- load fails: the header lacks 'version='
