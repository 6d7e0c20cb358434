--!chandra api=1 name=attack version=1
-- load fails: unknown hook 'macth'; did you mean 'match'?
return {macth = function() end}
