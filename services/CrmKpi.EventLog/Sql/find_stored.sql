-- Runs after the head lock as a statement of its own: under READ COMMITTED it sees all that was appended before the lock was had.
SELECT id, seq_id FROM events.mt_events WHERE tenant_id = $1 AND id = ANY ($2)
