-- $1 tenant, $2 kind, $3 person, $4 pseudonym: it may be over by now.
SELECT tenant_id, id, kind, person, pseudonym, requested_at, events, quarantined, masked_at, generation, finished_at,
    streams, position, until
FROM control.forgettings
WHERE tenant_id = $1 AND kind = $2 AND (pseudonym = $4 OR person = $3 AND finished_at IS NULL)
ORDER BY requested_at DESC
LIMIT 1
