--!chandra api=1 name=attack version=1
-- load fails: both 'score' and 'scores'
return {score = function() end, scores = function() end}
