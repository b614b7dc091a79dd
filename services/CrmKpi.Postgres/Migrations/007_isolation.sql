-- Row-level security: a tenant's rows are seen only by a transaction that has set the tenant. Whoever adds a table with a
-- column tenant_id gets it by itself: this is called after every run of migrations. The subselect is evaluated once a
-- statement and compared with the statement's own tenant, so that index scans and partition pruning stay as they are.
CREATE FUNCTION control.protect_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT c.oid FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
        WHERE n.nspname IN ('control', 'events', 'kpi') AND c.relkind IN ('r', 'p')
            AND (NOT c.relrowsecurity
                OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'of_tenant'))
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', found);
        EXECUTE format('DROP POLICY IF EXISTS of_tenant ON %s', found);
        EXECUTE format(
            'CREATE POLICY of_tenant ON %s USING (tenant_id = (SELECT current_setting(''crmkpi.tenant'', true)))', found);
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION control.protect_tables() FROM PUBLIC;

-- An agency sees its tenants, a tenant itself.
ALTER TABLE control.tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON control.tenants USING (
    id = (SELECT current_setting('crmkpi.tenant', true)) OR agency = (SELECT current_setting('crmkpi.agency', true)));

-- Own KPIs are those of a tenant or of an agency.
ALTER TABLE control.own_kpi_sets ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_owner ON control.own_kpi_sets USING (
    owner = 'tenant/' || (SELECT current_setting('crmkpi.tenant', true))
    OR owner = 'agency/' || (SELECT current_setting('crmkpi.agency', true)));
ALTER TABLE control.own_kpis ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_owner ON control.own_kpis USING (
    owner = 'tenant/' || (SELECT current_setting('crmkpi.tenant', true))
    OR owner = 'agency/' || (SELECT current_setting('crmkpi.agency', true)));

-- An agency's trail is read by nobody else. Acts are added for the agency that they concern, whoever acts.
ALTER TABLE control.audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_agency ON control.audit FOR SELECT USING (agency = (SELECT current_setting('crmkpi.agency', true)));
CREATE POLICY added ON control.audit FOR INSERT WITH CHECK (true);
