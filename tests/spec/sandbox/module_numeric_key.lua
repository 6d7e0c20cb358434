--!chandra api=1 name=attack version=1
-- load fails: a key that is a number
return {function() end}
