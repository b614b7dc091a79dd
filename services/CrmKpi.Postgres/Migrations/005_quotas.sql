-- What an agency may use, and what it has used.

-- No row, or NULL: no limit.
CREATE TABLE control.agency_quotas (
    agency text COLLATE "C" PRIMARY KEY REFERENCES control.agencies,
    events_per_day bigint CHECK (events_per_day >= 0),
    tenants_max integer CHECK (tenants_max >= 0),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Events taken in on each UTC day that is over, by tenant; '' for tenants that have been deleted. The day under way stands in the
-- head rows of the log.
CREATE TABLE control.usage_days (
    agency text COLLATE "C" NOT NULL,
    day date NOT NULL,
    tenant_id varchar COLLATE "C" NOT NULL,
    events bigint NOT NULL,
    PRIMARY KEY (agency, day, tenant_id)
);

-- Holds the quota's row while it counts: two registrations at once cannot both take the last place. SECURITY DEFINER: the
-- number of an agency's tenants is not for the caller to see or to hide.
CREATE FUNCTION control.keep_tenant_quota() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    allowed integer;
BEGIN
    SELECT tenants_max INTO allowed FROM control.agency_quotas WHERE agency = NEW.agency FOR UPDATE;
    IF allowed IS NULL OR EXISTS (SELECT FROM control.tenants WHERE id = NEW.id) THEN
        RETURN NEW;
    END IF;
    IF (SELECT count(*) FROM control.tenants WHERE agency = NEW.agency) >= allowed THEN
        RAISE EXCEPTION 'agency has % tenants, as many as its quota allows', allowed
            USING ERRCODE = 'CK001', HINT = allowed::text;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER keep_tenant_quota BEFORE INSERT ON control.tenants
FOR EACH ROW EXECUTE FUNCTION control.keep_tenant_quota();

REVOKE EXECUTE ON FUNCTION control.keep_tenant_quota() FROM PUBLIC;
