-- $1 tenant, $2 id.
SELECT tenant_id, id, kind, person, pseudonym, requested_at, events, quarantined, masked_at, generation, finished_at,
    streams, position, until
FROM control.forgettings WHERE tenant_id = $1 AND id = $2
