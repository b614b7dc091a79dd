-- A range of the primary key. Needs no lock: sequences become visible in order and without gaps.
SELECT seq_id, id, stream_id, version, type, source, source_id, occurred_at, timestamp, data
FROM events.mt_events
WHERE tenant_id = $1 AND seq_id > $2 AND seq_id <= $3
ORDER BY seq_id
