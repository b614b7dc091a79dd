-- $1 tenant. Waits for the append under way. A statement of its own: the next one sees all that was appended before the
-- lock was had. Appends behind it go on with what the transaction leaves: no head, hence no tenant, when it deletes it.
SELECT last_seq FROM events.tenant_heads WHERE tenant_id = $1 FOR UPDATE
