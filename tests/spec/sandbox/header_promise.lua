--!chandra api=1 name=x version=1 hooks=match,score
return {match = function() end}
-- load fails: the header promises hook 'score', the policy lacks it
