-- The log of a tenant is in the database in which the tenant lives, and nowhere else, except while it is moved.

-- NULL: it lives here. Else the database in which it does: here is what a move has not brought whole yet, or has left behind, and
-- nothing is appended. Every append reads it under its lock, so that none comes after the last event that was copied.
ALTER TABLE events.tenant_heads ADD COLUMN home text;
-- The try of a move (control.moves) that has closed the log here.
ALTER TABLE events.tenant_heads ADD COLUMN move_attempt bigint;
-- The first of the read models' generations here. Each move brings a million more: whoever remembers something of a generation
-- does not take it for one of another life.
ALTER TABLE events.tenant_heads ADD COLUMN first_generation integer NOT NULL DEFAULT 1;

-- Whoever does not look, as a process of an earlier version, is refused here. A move itself brings a log on while it is closed.
CREATE FUNCTION events.refuse_append() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tenant % does not live in this database', OLD.tenant_id
        USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'tenant_home';
END
$$;
REVOKE EXECUTE ON FUNCTION events.refuse_append() FROM PUBLIC;

CREATE TRIGGER refuse_append BEFORE UPDATE ON events.tenant_heads FOR EACH ROW
WHEN (OLD.home IS NOT NULL AND NEW.last_seq <> OLD.last_seq AND current_user <> 'crmkpi_privacy')
EXECUTE FUNCTION events.refuse_append();

-- A tenant that is registered for another database gets nothing here.
DROP TRIGGER register_in_log ON control.tenants;
CREATE TRIGGER register_in_log AFTER INSERT ON control.tenants
FOR EACH ROW WHEN (NEW.database = 'main') EXECUTE FUNCTION events.register_tenant();

-- What is added beside the log is added where the log is. KEY SHARE waits for a move's last look, and for no append.
-- SECURITY DEFINER: whoever adds it may not lock the head.
CREATE FUNCTION events.require_home() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head record;
BEGIN
    SELECT home INTO head FROM events.tenant_heads WHERE tenant_id = NEW.tenant_id FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'tenant % has no log in this database', NEW.tenant_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'tenant_log';
    END IF;
    IF head.home IS NOT NULL THEN
        RAISE EXCEPTION 'tenant % does not live in this database', NEW.tenant_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'tenant_home';
    END IF;
    RETURN NEW;
END
$$;
REVOKE EXECUTE ON FUNCTION events.require_home() FROM PUBLIC;

CREATE TRIGGER require_home BEFORE INSERT ON control.quarantine FOR EACH ROW EXECUTE FUNCTION events.require_home();
CREATE TRIGGER require_home BEFORE INSERT ON control.forgettings FOR EACH ROW EXECUTE FUNCTION events.require_home();

-- What a tenant has used is counted where it lives.
DROP TRIGGER begin_usage_day ON events.tenant_heads;
CREATE TRIGGER begin_usage_day BEFORE UPDATE ON events.tenant_heads FOR EACH ROW
WHEN (OLD.home IS NULL AND (NEW.recorded_at AT TIME ZONE 'UTC')::date > OLD.usage_day)
EXECUTE FUNCTION events.begin_usage_day();

DROP TRIGGER keep_usage_of_deleted ON events.tenant_heads;
CREATE TRIGGER keep_usage_of_deleted BEFORE DELETE ON events.tenant_heads
FOR EACH ROW WHEN (OLD.home IS NULL) EXECUTE FUNCTION events.keep_usage_of_deleted();

CREATE OR REPLACE FUNCTION events.agency_usage(agency_id text, first_day date, last_day date)
RETURNS TABLE (day date, used bigint) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT part.day, sum(part.events)::bigint
    FROM (
        SELECT kept.day, kept.events FROM control.usage_days AS kept
        WHERE kept.agency = agency_id
            AND NOT EXISTS (
                SELECT FROM events.tenant_heads AS moved
                WHERE moved.tenant_id = kept.tenant_id AND moved.home IS NOT NULL)
        UNION ALL
        SELECT head.usage_day, head.last_seq - head.usage_from
        FROM control.tenants AS tenant JOIN events.tenant_heads AS head ON head.tenant_id = tenant.id
        WHERE tenant.agency = agency_id AND head.home IS NULL) AS part
    WHERE part.day BETWEEN first_day AND last_day AND part.events > 0
    GROUP BY part.day
    ORDER BY part.day
$$;
