-- $1 tenant, $2 sequence. One row of the primary key.
SELECT seq_id, id, timestamp FROM events.mt_events WHERE tenant_id = $1 AND seq_id = $2
