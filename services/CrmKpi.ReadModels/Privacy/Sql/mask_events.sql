-- $1 tenant, $2 sequences, $3 data, $4 ids of the source, $5 whether the event is about the person.
UPDATE events.mt_events AS e
SET data = masked.data::jsonb, source_id = masked.source_id,
    correlation_id = CASE WHEN masked.is_about THEN NULL ELSE e.correlation_id END,
    trace_parent = CASE WHEN masked.is_about THEN NULL ELSE e.trace_parent END
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::boolean[]) AS masked (seq_id, data, source_id, is_about)
WHERE e.tenant_id = $1 AND e.seq_id = masked.seq_id
