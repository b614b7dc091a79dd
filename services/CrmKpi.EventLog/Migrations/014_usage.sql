-- How many events a tenant takes in on a UTC day. Sequences have no gaps, so it is the difference of two numbers of the head row,
-- which every append moves anyway: exact, in the append's own transaction, and without another row to write. With the first
-- append of a new day the old one goes to control.usage_days.
ALTER TABLE events.tenant_heads
    ADD COLUMN usage_day date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
    ADD COLUMN usage_from bigint NOT NULL DEFAULT 0;

UPDATE events.tenant_heads SET usage_from = last_seq;

CREATE FUNCTION events.keep_usage(agency_id text, tenant text, usage_day date, used bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO control.usage_days AS kept (agency, day, tenant_id, events)
    SELECT agency_id, usage_day, tenant, used
    WHERE used > 0
    ON CONFLICT (agency, day, tenant_id) DO UPDATE SET events = kept.events + EXCLUDED.events
$$;

-- SECURITY DEFINER: whoever appends writes no usage by itself.
CREATE FUNCTION events.begin_usage_day() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM events.keep_usage(agency, OLD.tenant_id, OLD.usage_day, OLD.last_seq - OLD.usage_from)
    FROM control.tenants WHERE id = OLD.tenant_id;
    NEW.usage_day := (NEW.recorded_at AT TIME ZONE 'UTC')::date;
    NEW.usage_from := OLD.last_seq;
    RETURN NEW;
END
$$;

CREATE TRIGGER begin_usage_day BEFORE UPDATE ON events.tenant_heads FOR EACH ROW
WHEN ((NEW.recorded_at AT TIME ZONE 'UTC')::date > OLD.usage_day)
EXECUTE FUNCTION events.begin_usage_day();

-- What a deleted tenant has used goes on counting for its agency, without its name.
CREATE FUNCTION events.keep_usage_of_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM events.keep_usage(agency, '', OLD.usage_day, OLD.last_seq - OLD.usage_from)
    FROM control.tenants WHERE id = OLD.tenant_id;
    PERFORM events.keep_usage(agency, '', day, events) FROM control.usage_days WHERE tenant_id = OLD.tenant_id;
    DELETE FROM control.usage_days WHERE tenant_id = OLD.tenant_id;
    RETURN OLD;
END
$$;

CREATE TRIGGER keep_usage_of_deleted BEFORE DELETE ON events.tenant_heads
FOR EACH ROW EXECUTE FUNCTION events.keep_usage_of_deleted();

-- SECURITY DEFINER: a sum over all tenants of an agency, for whoever enforces or shows its quota.
CREATE FUNCTION events.agency_usage(agency_id text, first_day date, last_day date)
RETURNS TABLE (day date, used bigint) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT part.day, sum(part.events)::bigint
    FROM (
        SELECT kept.day, kept.events FROM control.usage_days AS kept WHERE kept.agency = agency_id
        UNION ALL
        SELECT head.usage_day, head.last_seq - head.usage_from
        FROM control.tenants AS tenant JOIN events.tenant_heads AS head ON head.tenant_id = tenant.id
        WHERE tenant.agency = agency_id) AS part
    WHERE part.day BETWEEN first_day AND last_day AND part.events > 0
    GROUP BY part.day
    ORDER BY part.day
$$;

REVOKE EXECUTE ON FUNCTION events.keep_usage(text, text, date, bigint), events.begin_usage_day(), events.keep_usage_of_deleted(),
    events.agency_usage(text, date, date) FROM PUBLIC;
