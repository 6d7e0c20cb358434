--!chandra api=1 name=attack version=1
-- load fails: attempt to assign to const variable
local x <const> = 1
x = 2
return {}
