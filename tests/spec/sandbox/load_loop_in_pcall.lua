--!chandra api=1 name=attack version=1
-- load fails: over the limit of 2000000 instructions
while true do pcall(function() while true do end end) end
