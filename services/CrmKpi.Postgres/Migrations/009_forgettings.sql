-- People that are being forgotten. When it is over, the row tells no longer who it was.
CREATE TABLE control.forgettings (
    tenant_id varchar COLLATE "C" NOT NULL REFERENCES control.tenants (id),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind IN ('customer', 'user')),
    -- The id that is forgotten; NULL when it is.
    person text,
    -- What stands in its place: random, so that nobody can compute it from the id.
    pseudonym text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    -- Streams with an event about the person; NULL = not looked for yet.
    streams text[],
    -- What is masked: events up to the last one when the stream got its pseudonym. NULL = not known yet.
    until bigint,
    -- The log is masked up to here.
    position bigint NOT NULL DEFAULT 0,
    events bigint NOT NULL DEFAULT 0,
    quarantined bigint NOT NULL DEFAULT 0,
    masked_at timestamptz,
    -- The read models that were made from the masked log; NULL = there were none.
    generation integer,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);

-- Asking again while it is under way is the same request.
CREATE UNIQUE INDEX forgettings_open ON control.forgettings (tenant_id, kind, person) WHERE finished_at IS NULL;

-- SECURITY DEFINER: whoever goes on with forgetting has to find out for which tenants; it learns nothing else.
CREATE FUNCTION control.open_forgettings(most integer) RETURNS TABLE (tenant varchar, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.tenant_id, f.id FROM control.forgettings AS f
    WHERE f.finished_at IS NULL ORDER BY f.requested_at LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION control.open_forgettings(integer) FROM PUBLIC;
