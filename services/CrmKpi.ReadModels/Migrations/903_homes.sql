-- No read models where there is no log: a tenant that has moved away leaves none behind. FOR KEY SHARE as a foreign key would;
-- SECURITY DEFINER: whoever begins a generation may not lock the head.
CREATE FUNCTION kpi.require_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM events.tenant_heads WHERE tenant_id = NEW.tenant_id FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'tenant % has no log in this database', NEW.tenant_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'tenant_log';
    END IF;
    RETURN NEW;
END
$$;
REVOKE EXECUTE ON FUNCTION kpi.require_log() FROM PUBLIC;

CREATE TRIGGER require_log BEFORE INSERT ON kpi.generations FOR EACH ROW EXECUTE FUNCTION kpi.require_log();

-- A log that is being moved is behind by design, and one that was left behind is nobody's any more.
CREATE OR REPLACE FUNCTION kpi.lag()
RETURNS TABLE (events bigint, seconds double precision, tenants_behind bigint, parked bigint, database_bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH behind AS (
        SELECT head.tenant_id, head.last_seq, coalesce(live.sequence, 0) AS sequence
        FROM events.tenant_heads head
        LEFT JOIN kpi.generations live ON live.tenant_id = head.tenant_id AND live.status = 'live'
        WHERE head.home IS NULL AND head.last_seq > coalesce(live.sequence, 0)
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

-- As before; a tenant without a generation answers the number that its first one will have.
CREATE OR REPLACE FUNCTION kpi.tenants_with_work(rules integer)
RETURNS TABLE (tenant_id text, head bigint, newest_generation integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT head.tenant_id, head.last_seq, coalesce(max(g.generation), head.first_generation)
    FROM events.tenant_heads head
    LEFT JOIN kpi.generations g ON g.tenant_id = head.tenant_id
    WHERE head.last_seq > 0
    GROUP BY head.tenant_id, head.last_seq, head.first_generation
    HAVING coalesce(max(g.sequence) FILTER (WHERE g.status = 'live'), 0) < head.last_seq
        OR coalesce(bool_or(g.status <> 'live' OR g.rules_version < rules), true)
$$;
