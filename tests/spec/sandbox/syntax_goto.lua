--!chandra api=1 name=attack version=1
-- load fails: no visible label
goto nowhere
