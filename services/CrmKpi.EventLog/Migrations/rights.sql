-- Who may do what with the log and the quarantine; see the file of the same name of CrmKpi.Postgres.
GRANT USAGE ON SCHEMA events TO crmkpi_ingest, crmkpi_project, crmkpi_query, crmkpi_privacy, crmkpi_ingest_copy;
REVOKE ALL ON ALL TABLES IN SCHEMA events
FROM crmkpi_ingest, crmkpi_project, crmkpi_query, crmkpi_privacy, crmkpi_ingest_copy, crmkpi_project_copy;

-- The log is append-only: no service may change or delete an event. Partitions are reached through the whole only.
GRANT SELECT ON events.mt_events, events.tenant_heads TO crmkpi_ingest, crmkpi_project, crmkpi_query, crmkpi_privacy;
GRANT INSERT (
    seq_id, id, version, timestamp, occurred_at, stream_id, type, source, source_id, data, correlation_id, trace_parent)
ON events.mt_events TO crmkpi_ingest_copy;
GRANT INSERT ON events.mt_events TO crmkpi_ingest;
GRANT SELECT, INSERT, UPDATE (version, timestamp) ON events.mt_streams TO crmkpi_ingest;
GRANT UPDATE (last_seq, recorded_at) ON events.tenant_heads TO crmkpi_ingest;

GRANT SELECT, INSERT, UPDATE, DELETE ON control.quarantine TO crmkpi_ingest;

-- The sum over an agency's tenants, for its quota.
GRANT EXECUTE ON FUNCTION events.agency_usage(text, date, date) TO crmkpi_ingest;

-- Erasing begins with the head, which every append locks: FOR UPDATE needs the right to change it.
GRANT UPDATE (recorded_at), DELETE ON events.tenant_heads TO crmkpi_privacy;
GRANT SELECT, DELETE ON events.mt_tenant_partitions, events.mt_event_progression, events.mt_doc_deadletterevent
TO crmkpi_privacy;
GRANT EXECUTE ON FUNCTION events.names_tenant(varchar), events.names_tenant(jsonb) TO crmkpi_privacy;

-- Forgetting a person: never what was counted, nor the hash by which an event is known to be stored.
GRANT UPDATE (stream_id, data, source_id, correlation_id, trace_parent) ON events.mt_events TO crmkpi_privacy;
GRANT UPDATE (id) ON events.mt_streams TO crmkpi_privacy;

-- Moving a tenant to another database: its log and what is beside it go over as they are.
GRANT INSERT ON events.mt_events, events.mt_streams, events.tenant_heads, events.mt_tenant_partitions TO crmkpi_privacy;
GRANT UPDATE (version, timestamp) ON events.mt_streams TO crmkpi_privacy;
GRANT UPDATE (last_seq, home, move_attempt, first_generation, usage_day, usage_from) ON events.tenant_heads TO crmkpi_privacy;
GRANT INSERT ON control.quarantine TO crmkpi_privacy;
GRANT SELECT, UPDATE ON SEQUENCE control.quarantine_id_seq TO crmkpi_privacy;
