--!chandra api=1 name=attack version=1
-- load fails: unfinished string
local s = "abc
return {}
