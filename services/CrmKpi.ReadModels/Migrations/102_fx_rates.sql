-- The rates of one pair of currencies in one year.
CREATE TABLE kpi.fx_rates (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "from_currency" text,
    "to_currency" text,
    "days" integer,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 85);
