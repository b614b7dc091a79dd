-- The customer that another was merged into.
ALTER TABLE kpi.customers ADD COLUMN "merged_into" text;

CREATE TABLE kpi.calls (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "direction" text,
    "missed" boolean,
    "talk_seconds" bigint,
    "wait_seconds" bigint,
    "lead_id" text,
    "deal_id" text,
    "customer_id" text,
    "manager" text,
    "source" text,
    "channel" text,
    "campaign" text,
    "region" text,
    "segment" text,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 85);

CREATE TABLE kpi.tickets (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "answered_at" timestamptz,
    "resolved_at" timestamptz,
    "reopened" integer,
    "complaint" boolean,
    "customer_id" text,
    "manager" text,
    "priority" text,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 85);

-- One message of a campaign to one recipient.
CREATE TABLE kpi.email_sends (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "campaign" text,
    "message" text,
    "recipient" text,
    "delivered" boolean,
    "opened" boolean,
    "clicked" boolean,
    "unsubscribed" boolean,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 85);

-- The advertisements of a campaign on one day in one channel and source.
CREATE TABLE kpi.ad_days (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "day" date,
    "campaign" text,
    "channel" text,
    "source" text,
    "impressions" bigint,
    "clicks" bigint,
    "cost" numeric,
    "currency" text,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 85);

CREATE TABLE kpi.benefits (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "category" text,
    "amount" numeric,
    "currency" text,
    "period_from" date,
    "period_to" date,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 85);

-- amount_at_start is what counts: the forecast as it stood when its period began.
CREATE TABLE kpi.forecasts (
    tenant_id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    folded bytea NOT NULL,
    "created_at" timestamptz,
    "period_from" date,
    "period_to" date,
    "amount" numeric,
    "amount_at_start" numeric,
    "currency" text,
    "manager" text,
    PRIMARY KEY (tenant_id, generation, id)
) WITH (fillfactor = 85);
