-- Input that was refused, with what was sent, until it is retried or discarded.
CREATE TABLE control.quarantine (
    tenant_id varchar COLLATE "C" NOT NULL REFERENCES control.tenants (id),
    id bigint GENERATED ALWAYS AS IDENTITY,
    received_at timestamptz NOT NULL DEFAULT now(),
    event_id text,
    source text,
    type text,
    code text NOT NULL,
    detail text NOT NULL,
    pointer text,
    body bytea NOT NULL,
    -- Of what was sent; more than the body where that was cut.
    body_length bigint NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id)
);
