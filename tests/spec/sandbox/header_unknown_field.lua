--!chandra api=1 nmae=x version=1
return {}
-- load fails: unknown header field 'nmae'; did you mean 'name'?
