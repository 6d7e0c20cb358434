--!chandra api=1 name=attack version=1
-- load fails: expected near
local = 5
