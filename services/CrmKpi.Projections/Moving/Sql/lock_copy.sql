-- $1 tenant, $2 source. In the target: where the copy ends.
SELECT last_seq FROM events.tenant_heads WHERE tenant_id = $1 AND home = $2 FOR UPDATE
