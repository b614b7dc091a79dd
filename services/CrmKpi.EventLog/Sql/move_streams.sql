-- Runs under the head lock. One row a stream: without it Marten's daemon skips the stream's events.
INSERT INTO events.mt_streams (tenant_id, id, version, timestamp, created)
SELECT $1, moved.id, moved.version, $4, $4
FROM unnest($2::varchar[], $3::bigint[]) AS moved (id, version)
ON CONFLICT (tenant_id, id) DO UPDATE SET version = EXCLUDED.version, timestamp = EXCLUDED.timestamp
