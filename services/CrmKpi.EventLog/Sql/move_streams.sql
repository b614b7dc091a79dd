-- Runs under the head lock: no other append moves these streams. Reads and moves the versions in one; what it returns
-- are the new ones. One row a stream: without it Marten's daemon skips the stream's events.
INSERT INTO events.mt_streams AS stream (tenant_id, id, version, timestamp, created)
SELECT $1, moved.id, moved.events, $4, $4
FROM unnest($2::varchar[], $3::bigint[]) AS moved (id, events)
ON CONFLICT (tenant_id, id) DO UPDATE
SET version = stream.version + EXCLUDED.version, timestamp = EXCLUDED.timestamp
RETURNING id, version
