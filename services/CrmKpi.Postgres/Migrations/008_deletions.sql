-- Tenants that are being erased. What is left of an erased tenant is its row here and its agency's trail of acts: its
-- id, which is never given again, times and numbers of rows.
CREATE TABLE control.deletions (
    tenant_id varchar COLLATE "C" PRIMARY KEY,
    agency text COLLATE "C" NOT NULL REFERENCES control.agencies,
    requested_at timestamptz NOT NULL DEFAULT now(),
    -- Who asked for it, as in control.audit.
    requested_by jsonb NOT NULL,
    -- Rows erased so far, by table.
    erased jsonb NOT NULL DEFAULT '{}',
    -- Rows that the last scan found, by table; those with none are there too.
    found jsonb,
    scanned_at timestamptz,
    -- Set when a scan has found nothing.
    finished_at timestamptz
);

CREATE INDEX deletions_open ON control.deletions (tenant_id) WHERE finished_at IS NULL;

-- SECURITY DEFINER: whoever goes on with erasing has to find out whose turn it is; it learns nothing else.
CREATE FUNCTION control.open_deletions(most integer) RETURNS SETOF varchar
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT tenant_id FROM control.deletions WHERE finished_at IS NULL ORDER BY requested_at LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION control.open_deletions(integer) FROM PUBLIC;

-- After the insert, not before: a registration that has waited for the deletion of the same id sees it by then.
CREATE FUNCTION control.refuse_deleted_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM control.deletions WHERE tenant_id = NEW.id) THEN
        RAISE EXCEPTION 'the id % was a deleted tenant''s', NEW.id USING ERRCODE = 'CK002';
    END IF;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION control.refuse_deleted_tenant() FROM PUBLIC;

CREATE TRIGGER refuse_deleted_tenant AFTER INSERT ON control.tenants
FOR EACH ROW EXECUTE FUNCTION control.refuse_deleted_tenant();

-- No own KPI for a tenant that is gone, however a request and the deletion race: the foreign key locks the tenant's
-- row.
ALTER TABLE control.own_kpi_sets ADD COLUMN tenant varchar COLLATE "C"
    GENERATED ALWAYS AS (CASE WHEN owner LIKE 'tenant/%' THEN substr(owner, 8) END) STORED
    REFERENCES control.tenants (id);

-- Acts that were about the tenant, or about a key of nobody else: what was done stays in the trail, with which names
-- does not.
CREATE POLICY of_erased ON control.audit TO crmkpi_privacy
USING (
    subject = 'tenant/' || (SELECT current_setting('crmkpi.tenant', true))
    OR changes -> 'tenants' = jsonb_build_array((SELECT current_setting('crmkpi.tenant', true))))
WITH CHECK (true);

-- Every table with a tenant gets row-level security, and can be erased: whoever adds one cannot forget it.
CREATE OR REPLACE FUNCTION control.protect_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT c.oid::regclass AS name, c.relispartition AS is_part,
            c.relrowsecurity AND EXISTS (
                SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'of_tenant') AS is_protected
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
        WHERE n.nspname IN ('control', 'events', 'kpi') AND c.relkind IN ('r', 'p')
    LOOP
        IF NOT found.is_protected THEN
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', found.name);
            EXECUTE format('DROP POLICY IF EXISTS of_tenant ON %s', found.name);
            EXECUTE format(
                'CREATE POLICY of_tenant ON %s USING (tenant_id = (SELECT current_setting(''crmkpi.tenant'', true)))',
                found.name);
        END IF;
        IF NOT found.is_part AND found.name <> 'control.deletions'::regclass THEN
            EXECUTE format('GRANT SELECT, DELETE ON %s TO crmkpi_privacy', found.name);
        END IF;
    END LOOP;
END
$$;
