-- $1 tenant, $2 home; NULL while a transaction brings what is beside the log, which is taken only where the log is.
UPDATE events.tenant_heads SET home = $2 WHERE tenant_id = $1
