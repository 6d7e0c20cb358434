--!chandra api=1 name=attack version=1
-- load fails: cannot write the global 'P'
P = {}
return P
