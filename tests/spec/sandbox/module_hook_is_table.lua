--!chandra api=1 name=attack version=1
-- load fails: hook 'match' must be a function, got table
return {match = {}}
