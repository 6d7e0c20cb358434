--!chandra api=1 name=attack version=1
-- load fails: error object is a table value
error({})
