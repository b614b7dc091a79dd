-- Runs under the head lock; the commit stands behind it in the same round trip. Does for a few events what move_streams,
-- the COPY and move_head do for many. The division is an assertion: unless head and events went as planned it fails, and
-- with it the commit. "behind" is how many of the group's events follow in the same stream.
WITH moved AS (
    INSERT INTO events.mt_streams AS stream (tenant_id, id, version, timestamp, created)
    SELECT $1, sent.id, sent.events, $2, $2
    FROM unnest($3::varchar[], $4::bigint[]) AS sent (id, events)
    ON CONFLICT (tenant_id, id) DO UPDATE
    SET version = stream.version + EXCLUDED.version, timestamp = EXCLUDED.timestamp
    RETURNING id, version
), head AS (
    UPDATE events.tenant_heads SET last_seq = $5 + cardinality($6::uuid[]), recorded_at = $2
    WHERE tenant_id = $1 AND last_seq = $5
    RETURNING last_seq
), written AS (
    INSERT INTO events.mt_events (
        seq_id, id, version, timestamp, occurred_at, tenant_id, stream_id, type, source, source_id, data,
        correlation_id, trace_parent)
    SELECT $5 + sent.nth, sent.id, moved.version - sent.behind, $2, sent.occurred_at, $1, sent.stream_id, sent.type,
        sent.source, sent.source_id, sent.data, sent.correlation_id, sent.trace_parent
    FROM unnest($6::uuid[], $7::varchar[], $8::bigint[], $9::timestamptz[], $10::varchar[], $11::varchar[], $12::varchar[],
        $13::jsonb[], $14::varchar[], $15::varchar[]) WITH ORDINALITY
        AS sent (id, stream_id, behind, occurred_at, type, source, source_id, data, correlation_id, trace_parent, nth)
    JOIN moved ON moved.id = sent.stream_id
    RETURNING seq_id
)
SELECT 1 / ((SELECT count(*) FROM head) = 1 AND (SELECT count(*) FROM written) = cardinality($6::uuid[]))::int
