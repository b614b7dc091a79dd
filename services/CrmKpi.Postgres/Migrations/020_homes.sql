-- Tenants in several databases. Agencies, tenants and keys stand in the main database, where control.tenants.database names the
-- one in which a tenant lives. A further database has the same schemas; a tenant that lives there has a row of its own in
-- control.tenants, which says 'main' as of itself, for the tables that refer to it.

-- Moves with every change of a tenant's home, so that whoever knows all homes need not read them again and again.
CREATE TABLE control.home_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version bigint NOT NULL DEFAULT 0
);
INSERT INTO control.home_version DEFAULT VALUES;

-- SECURITY DEFINER: it follows from what is written to control.tenants; nobody moves it otherwise.
CREATE FUNCTION control.move_home_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE control.home_version SET version = version + 1;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION control.move_home_version() FROM PUBLIC;

CREATE TRIGGER home_given AFTER INSERT ON control.tenants
FOR EACH ROW WHEN (NEW.database <> 'main') EXECUTE FUNCTION control.move_home_version();
CREATE TRIGGER home_changed AFTER UPDATE OF database ON control.tenants
FOR EACH ROW WHEN (NEW.database <> OLD.database) EXECUTE FUNCTION control.move_home_version();
CREATE TRIGGER home_left AFTER DELETE ON control.tenants
FOR EACH ROW WHEN (OLD.database <> 'main') EXECUTE FUNCTION control.move_home_version();

-- SECURITY DEFINER: every service has to find every tenant; it learns nothing else of them.
CREATE FUNCTION control.read_home_version() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT version FROM control.home_version
$$;
REVOKE EXECUTE ON FUNCTION control.read_home_version() FROM PUBLIC;

CREATE FUNCTION control.tenant_homes() RETURNS TABLE (tenant_id varchar, database text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT id, tenant.database FROM control.tenants AS tenant WHERE tenant.database <> 'main'
$$;
REVOKE EXECUTE ON FUNCTION control.tenant_homes() FROM PUBLIC;

CREATE INDEX tenants_elsewhere ON control.tenants (database) WHERE database <> 'main';

-- The last move of a tenant to another database, in the main database.
CREATE TABLE control.moves (
    tenant_id varchar COLLATE "C" PRIMARY KEY REFERENCES control.tenants (id),
    source text NOT NULL,
    target text NOT NULL,
    -- Counts the tenant's moves.
    number integer NOT NULL DEFAULT 1,
    -- copying: the log goes over while events keep coming. opening: the tenant lives in the target, which takes no events yet.
    -- clearing: the copy in the source goes. done. aborting: the copy in the target goes; failed: the tenant lives in the source as
    -- before.
    state text NOT NULL DEFAULT 'copying' CHECK (state IN ('copying', 'opening', 'clearing', 'done', 'aborting', 'failed')),
    requested_at timestamptz NOT NULL DEFAULT now(),
    requested_by jsonb NOT NULL,
    -- The log is copied up to here.
    copied bigint NOT NULL DEFAULT 0,
    -- Tries to switch, of all moves of the tenant: who is late with one of them does nothing in the next.
    attempt bigint NOT NULL DEFAULT 0,
    -- The number of the move's first try.
    first_attempt bigint NOT NULL DEFAULT 0,
    switched_at timestamptz,
    finished_at timestamptz,
    -- Why it failed.
    failure text,
    CHECK (source <> target)
);

CREATE FUNCTION control.open_moves(most integer) RETURNS SETOF varchar
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT tenant_id FROM control.moves WHERE finished_at IS NULL ORDER BY requested_at LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION control.open_moves(integer) FROM PUBLIC;

-- Where the tenant lived that is being erased.
ALTER TABLE control.deletions ADD COLUMN database text NOT NULL DEFAULT 'main';
