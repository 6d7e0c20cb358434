--!chandra api=1 name=attack version=1
-- load fails: over the limit of 16777216 bytes
local t = {}
while true do t[#t + 1] = {} end
