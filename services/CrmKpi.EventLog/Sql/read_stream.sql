SELECT seq_id, id, stream_id, version, type, source, source_id, occurred_at, timestamp, data
FROM events.mt_events
WHERE tenant_id = $1 AND stream_id = $2 AND version > $3 AND version <= $4
ORDER BY version
