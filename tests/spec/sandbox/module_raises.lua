--!chandra api=1 name=attack version=1
-- load fails: not today
error("not today")
