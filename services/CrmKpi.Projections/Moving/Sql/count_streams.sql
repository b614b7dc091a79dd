-- $1 tenant, $2 after, $3 through. In the target: what the appends of these events did to their streams.
INSERT INTO events.mt_streams AS stream (tenant_id, id, version, timestamp, created)
SELECT tenant_id, stream_id, max(version), max(timestamp), min(timestamp)
FROM events.mt_events WHERE tenant_id = $1 AND seq_id > $2 AND seq_id <= $3
GROUP BY tenant_id, stream_id
ON CONFLICT (tenant_id, id) DO UPDATE SET version = EXCLUDED.version, timestamp = EXCLUDED.timestamp
