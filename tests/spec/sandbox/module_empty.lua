--!chandra api=1 name=attack version=1
-- load fails: the policy has no hook
return {}
