-- How far the read models are behind the log, over all tenants, by what the database itself holds: whoever reads the log may be
-- dead. With the owner's rights, as no role of a service may look over tenants; it answers sums and nothing of a tenant.
CREATE FUNCTION kpi.lag()
RETURNS TABLE (events bigint, seconds double precision, tenants_behind bigint, parked bigint, database_bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH behind AS (
        SELECT head.tenant_id, head.last_seq, coalesce(live.sequence, 0) AS sequence
        FROM events.tenant_heads head
        LEFT JOIN kpi.generations live ON live.tenant_id = head.tenant_id AND live.status = 'live'
        WHERE head.last_seq > coalesce(live.sequence, 0)
    )
    SELECT
        coalesce(sum(behind.last_seq - behind.sequence), 0)::bigint,
        coalesce(greatest(extract(epoch FROM clock_timestamp() - min(oldest.timestamp)), 0), 0)::double precision,
        count(*),
        (SELECT count(*) FROM kpi.generations WHERE parked_reason IS NOT NULL),
        pg_database_size(current_database())
    FROM behind
    LEFT JOIN LATERAL (
        SELECT e.timestamp FROM events.mt_events e
        WHERE e.tenant_id = behind.tenant_id AND e.seq_id = behind.sequence + 1) AS oldest ON true
$$;

-- The same for autoscalers, which take one number.
CREATE FUNCTION kpi.lag_events() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT events FROM kpi.lag()
$$;

REVOKE EXECUTE ON FUNCTION kpi.lag(), kpi.lag_events() FROM PUBLIC;
