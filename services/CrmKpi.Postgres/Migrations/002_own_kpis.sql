-- KPIs that agencies and tenants define. An owner is 'tenant/<id>' or 'agency/<id>'.

-- One row an owner: its version moves with every change of a definition, and who changes one holds the row's lock.
CREATE TABLE control.own_kpi_sets (
    owner text COLLATE "C" PRIMARY KEY CHECK (owner ~ '^(tenant|agency)/.'),
    version bigint NOT NULL DEFAULT 0
);

CREATE TABLE control.own_kpis (
    owner text COLLATE "C" NOT NULL REFERENCES control.own_kpi_sets,
    id text COLLATE "C" NOT NULL,
    definition jsonb NOT NULL,
    -- The version of the owner's set that the definition came with.
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner, id)
);
