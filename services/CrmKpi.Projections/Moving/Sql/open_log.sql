-- $1 tenant, $2 source. In the target: events are taken in from now on. Not in a later move, which has closed it.
UPDATE events.tenant_heads SET home = NULL WHERE tenant_id = $1 AND home = $2 AND move_attempt IS NULL
