-- $1 tenant, $2 sequence. In the target: the copy ends there.
UPDATE events.tenant_heads
SET last_seq = $2, recorded_at = (SELECT timestamp FROM events.mt_events WHERE tenant_id = $1 AND seq_id = $2)
WHERE tenant_id = $1
