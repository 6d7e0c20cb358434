--!chandra api=1 name=attack version=1
-- load fails: stack overflow
local function f() return 1 + f() end
return f()
