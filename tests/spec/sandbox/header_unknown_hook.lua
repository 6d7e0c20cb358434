--!chandra api=1 name=x version=1 hooks=mach
return {}
-- load fails: unknown hook 'mach'; did you mean 'match'?
