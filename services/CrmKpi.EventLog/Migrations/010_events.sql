-- The log, in the storage format of Marten 9 (tenant-partitioned, string streams): table and column names are Marten's.
-- Marten itself must never migrate this schema: it would rebuild the tables with a partition per tenant.
-- Hash partitions keep each index small enough to stay in memory where many tenants write; their number is fixed for
-- good. Collation "C": ids are compared byte by byte, whatever the locale of the database.

CREATE SCHEMA events;

CREATE TABLE events.mt_events (
    -- Without gaps per tenant, in the order of commits.
    seq_id bigint NOT NULL,
    -- UUIDv5 of (tenant, source, source id): what makes duplicates free.
    id uuid NOT NULL,
    version bigint NOT NULL,
    -- When it was recorded; never decreases with seq_id within a tenant.
    timestamp timestamptz NOT NULL,
    -- When it happened.
    occurred_at timestamptz NOT NULL,
    is_archived boolean NOT NULL DEFAULT false,
    tenant_id varchar COLLATE "C" NOT NULL,
    stream_id varchar COLLATE "C" NOT NULL,
    type varchar(500) NOT NULL,
    source varchar NOT NULL,
    source_id varchar NOT NULL,
    data jsonb NOT NULL,
    bdata bytea,
    mt_dotnet_type varchar,
    correlation_id varchar,
    causation_id varchar,
    headers jsonb,
    trace_parent varchar,
    CONSTRAINT pkey_mt_events_tenant_id_seq_id PRIMARY KEY (tenant_id, seq_id)
) PARTITION BY HASH (tenant_id);

CREATE UNIQUE INDEX pk_mt_events_stream_and_version ON events.mt_events (tenant_id, stream_id, version);
CREATE UNIQUE INDEX pk_mt_events_id_unique ON events.mt_events (tenant_id, id);

CREATE TABLE events.mt_streams (
    tenant_id varchar COLLATE "C" NOT NULL,
    id varchar COLLATE "C" NOT NULL,
    type varchar,
    version bigint NOT NULL,
    timestamp timestamptz NOT NULL DEFAULT now(),
    snapshot jsonb,
    snapshot_version integer,
    created timestamptz NOT NULL DEFAULT now(),
    is_archived boolean NOT NULL DEFAULT false,
    CONSTRAINT pkey_mt_streams_tenant_id_id PRIMARY KEY (tenant_id, id)
) PARTITION BY HASH (tenant_id);

DO $$
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format(
            'CREATE TABLE events.mt_events_%1$s PARTITION OF events.mt_events
             FOR VALUES WITH (MODULUS 16, REMAINDER %2$s)',
            lpad(part::text, 2, '0'), part);
        -- Room on each page for new versions of its rows: an update then touches no index.
        EXECUTE format(
            'CREATE TABLE events.mt_streams_%1$s PARTITION OF events.mt_streams
             FOR VALUES WITH (MODULUS 16, REMAINDER %2$s)
             WITH (fillfactor = 70)', lpad(part::text, 2, '0'), part);
    END LOOP;
END
$$;

-- One row a tenant: whoever appends holds it, so that sequences are given in the order of commits.
CREATE TABLE events.tenant_heads (
    tenant_id varchar COLLATE "C" PRIMARY KEY REFERENCES control.tenants (id),
    last_seq bigint NOT NULL DEFAULT 0,
    recorded_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 20);

CREATE TABLE events.mt_tenant_partitions (
    partition_value varchar PRIMARY KEY,
    partition_suffix varchar
);

CREATE FUNCTION events.register_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events.tenant_heads (tenant_id) VALUES (NEW.id);
    INSERT INTO events.mt_tenant_partitions (partition_value, partition_suffix)
    VALUES (NEW.id, replace(NEW.id, '-', '_'));
    RETURN NULL;
END
$$;

-- Whatever registers a tenant, the log is ready for it in the same transaction.
CREATE TRIGGER register_in_log AFTER INSERT ON control.tenants
FOR EACH ROW EXECUTE FUNCTION events.register_tenant();
