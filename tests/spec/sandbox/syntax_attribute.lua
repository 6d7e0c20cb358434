--!chandra api=1 name=attack version=1
-- load fails: unknown attribute
local x <foo> = 1
