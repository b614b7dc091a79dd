-- Users, what they did, their tasks; processes and their executions.
CREATE TABLE kpi.users (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "name" text,
    "role" text,
    "is_manager" boolean,
    "deactivated_at" timestamptz,
    "active_days" integer,
    "last_active" date,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 85);

CREATE TABLE kpi.activities (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "user_id" text,
    "type" text,
    "category" text,
    "subject" text,
    "duration_ms" bigint,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 100);

CREATE TABLE kpi.tasks (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "due_at" timestamptz,
    "completed_at" timestamptz,
    "user_id" text,
    "automated" boolean,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 85);

CREATE TABLE kpi.processes (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "name" text,
    "automated" boolean,
    "retired_at" timestamptz,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 85);

CREATE TABLE kpi.executions (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "process_id" text,
    "kind" text,
    "automated" boolean,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 100);
