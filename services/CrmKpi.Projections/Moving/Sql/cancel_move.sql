-- $1 tenant. Only before the switch.
UPDATE control.moves SET state = 'aborting', failure = 'It was cancelled.' WHERE tenant_id = $1 AND state = 'copying'
