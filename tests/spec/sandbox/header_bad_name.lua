--!chandra api=1 name=../../etc/passwd version=1
return {}
-- load fails: want up to 63 letters
