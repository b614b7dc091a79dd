-- $1 tenant, $2 after, $3 through. The same in both databases, or the copy is none.
SELECT count(*), coalesce(sum(hashtextextended(concat_ws(
    '|', seq_id, id, version, extract(epoch FROM timestamp), extract(epoch FROM occurred_at), is_archived, stream_id, type, source,
    source_id, correlation_id, trace_parent, data::text), 0)::numeric), 0)
FROM events.mt_events WHERE tenant_id = $1 AND seq_id > $2 AND seq_id <= $3
