--!chandra api=1 name=attack version=1
-- load fails: math.random is for hooks
return {match = math.random(5)}
