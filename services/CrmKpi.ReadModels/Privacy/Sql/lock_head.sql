-- $1 tenant. A statement of its own: the next one sees all that was appended before the lock was had.
SELECT last_seq FROM events.tenant_heads WHERE tenant_id = $1 FOR UPDATE
