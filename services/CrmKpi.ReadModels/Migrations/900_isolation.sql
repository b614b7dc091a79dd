-- What is copied in is the tenant's whom the transaction has set: the role that copies may not name another. Fact tables get
-- the default from kpi.ready_tables(), which runs with the rights.
CREATE FUNCTION kpi.ready_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found record;
    columns text;
BEGIN
    FOR found IN
        SELECT c.oid, c.oid::regclass AS name, bool_or(a.attname = 'folded') OR c.relname = 'cube' AS is_copied
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'kpi'::regnamespace AND c.relkind = 'r'
        GROUP BY c.oid, c.relname
    LOOP
        CONTINUE WHEN NOT found.is_copied;
        SELECT string_agg(quote_ident(attname), ', ') INTO columns
        FROM pg_attribute WHERE attrelid = found.oid AND attnum > 0 AND NOT attisdropped AND attname <> 'tenant_id';
        IF NOT EXISTS (
            SELECT FROM pg_attribute WHERE attrelid = found.oid AND attname = 'tenant_id' AND atthasdef) THEN
            EXECUTE format(
                'ALTER TABLE %s ALTER COLUMN tenant_id SET DEFAULT current_setting(''crmkpi.tenant'', true)', found.name);
        END IF;
        EXECUTE format('GRANT INSERT (%s) ON %s TO crmkpi_project_copy', columns, found.name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO crmkpi_project', found.name);
        EXECUTE format('GRANT SELECT ON %s TO crmkpi_query', found.name);
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION kpi.ready_tables() FROM PUBLIC;

-- Tenants whose log is ahead of their live read models, or that have a generation to build, compare or drop. Both tables are a
-- few dozen bytes a tenant; idle tenants cost nothing beyond this look. It looks over all tenants, with the owner's rights.
CREATE FUNCTION kpi.tenants_with_work(rules integer)
RETURNS TABLE (tenant_id text, head bigint, newest_generation integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT head.tenant_id, head.last_seq, coalesce(max(g.generation), 0)
    FROM events.tenant_heads head
    LEFT JOIN kpi.generations g ON g.tenant_id = head.tenant_id
    WHERE head.last_seq > 0
    GROUP BY head.tenant_id, head.last_seq
    HAVING coalesce(max(g.sequence) FILTER (WHERE g.status = 'live'), 0) < head.last_seq
        OR coalesce(bool_or(g.status <> 'live' OR g.rules_version < rules), true)
$$;

REVOKE EXECUTE ON FUNCTION kpi.tenants_with_work(integer) FROM PUBLIC;
