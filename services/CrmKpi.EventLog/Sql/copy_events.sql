COPY events.mt_events (
    seq_id, id, version, timestamp, occurred_at, stream_id, type, source, source_id, data, correlation_id, trace_parent)
FROM STDIN (FORMAT BINARY)
-- In the role crmkpi_ingest_copy, which may not name a tenant: the column's default is the tenant of the transaction.
