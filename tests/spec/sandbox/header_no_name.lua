--!chandra api=1 version=1
return {}
-- load fails: the header lacks 'name='
