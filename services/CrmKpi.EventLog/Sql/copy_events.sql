COPY events.mt_events (
    seq_id, id, version, timestamp, occurred_at, tenant_id, stream_id, type, source, source_id, data,
    correlation_id, trace_parent)
FROM STDIN (FORMAT BINARY)
