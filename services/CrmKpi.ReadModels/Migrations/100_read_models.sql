-- Read models: what the projections make of the log. Everything here can be rebuilt from it.
-- Tenant ids are compared bytewise (COLLATE "C"): they are ASCII, and every key of every table starts with one.
CREATE SCHEMA IF NOT EXISTS kpi;

-- One build of a tenant's read models under one rules version and one counting key. `sequence` is its checkpoint: the
-- last event that facts and cube reflect, moved in the transaction that changes them.
CREATE TABLE kpi.generations (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    rules_version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('live', 'building', 'verifying', 'dropping')),
    settings bytea NOT NULL,
    counting_key text NOT NULL,
    has_facts boolean NOT NULL DEFAULT false,
    sequence bigint NOT NULL DEFAULT 0,
    parked_reason text,
    parked_sequence bigint,
    parked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, generation)
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX generations_one_live ON kpi.generations (tenant_id) WHERE status = 'live';
CREATE UNIQUE INDEX generations_one_building ON kpi.generations (tenant_id) WHERE status = 'building';
CREATE UNIQUE INDEX generations_one_verifying ON kpi.generations (tenant_id) WHERE status = 'verifying';
CREATE INDEX generations_with_work ON kpi.generations (tenant_id) WHERE status <> 'live';

-- The dictionary of dimension values: one per tenant, shared by its generations, ids from 0 without gaps. A lane that works
-- with an outdated dictionary runs into the primary key and loses its transaction.
CREATE TABLE kpi.dimension_sets (
    tenant_id text COLLATE "C" NOT NULL,
    id integer NOT NULL,
    "values" text[] NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- A cell is a sum of contributions. A cell that has become zero stays until the next rebuild; readers skip it.
-- No second index: an update then touches the heap page only (HOT), which is what the free space is for.
CREATE TABLE kpi.cube (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    measure smallint NOT NULL,
    day integer NOT NULL,
    dims integer NOT NULL,
    bucket integer NOT NULL,
    count bigint NOT NULL,
    sum numeric NOT NULL,
    sum_of_squares numeric NOT NULL,
    PRIMARY KEY (tenant_id, generation, measure, day, dims, bucket)
) WITH (fillfactor = 85);

-- The last changes of live cubes, one row a commit: a reader that holds `from_sequence` adds the row's cells and is at
-- `to_sequence`; one that is further behind loads the cube again. Only the newest few rows of a tenant are kept.
CREATE TABLE kpi.cube_changes (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    from_sequence bigint NOT NULL,
    to_sequence bigint NOT NULL,
    cells bytea NOT NULL,
    PRIMARY KEY (tenant_id, generation, to_sequence)
);
ALTER TABLE kpi.cube_changes ALTER COLUMN cells SET STORAGE EXTERNAL;

-- The last verification of each tenant.
CREATE TABLE kpi.verifications (
    tenant_id text COLLATE "C" NOT NULL PRIMARY KEY,
    generation integer NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
    detail text,
    sequence bigint,
    cells bigint,
    facts bigint,
    differences bigint,
    examples text[] NOT NULL DEFAULT '{}',
    requested_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);

-- Moves a checkpoint if it stands where the caller believes, else aborts the caller's transaction with KPI01. The first
-- statement of every projection commit: its row lock lets one lane at a time write a generation.
CREATE FUNCTION kpi.advance_checkpoint(
    of_tenant text, of_generation integer, from_sequence bigint, to_sequence bigint, with_facts boolean,
    new_settings bytea, new_counting_key text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE kpi.generations
    SET sequence = to_sequence,
        has_facts = has_facts OR with_facts,
        settings = coalesce(new_settings, settings),
        counting_key = coalesce(new_counting_key, counting_key),
        parked_reason = NULL, parked_sequence = NULL, parked_at = NULL
    WHERE tenant_id = of_tenant AND generation = of_generation AND sequence = from_sequence AND status <> 'dropping';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'generation % of % is not at sequence %', of_generation, of_tenant, from_sequence
            USING ERRCODE = 'KPI01';
    END IF;
END
$$;
