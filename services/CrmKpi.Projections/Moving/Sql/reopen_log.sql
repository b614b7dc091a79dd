-- $1 tenant, $2 attempt. In the source: whoever is late does not open what a later try has closed.
UPDATE events.tenant_heads SET home = NULL, move_attempt = NULL WHERE tenant_id = $1 AND move_attempt <= $2
