-- $1 tenant. Waits for the append under way; those behind it find no head, hence no tenant.
SELECT last_seq FROM events.tenant_heads WHERE tenant_id = $1 FOR UPDATE
