--!chandra api=1 name=attack version=1
-- load fails: unknown global 'undefined'
return undefined
