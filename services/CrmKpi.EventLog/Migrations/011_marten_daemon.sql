-- What Marten's projection daemon keeps for itself in the log's schema. CrmKpi's own projections use none of it.

CREATE TABLE events.mt_event_progression (
    name varchar CONSTRAINT pk_mt_event_progression PRIMARY KEY,
    last_seq_id bigint,
    last_updated timestamptz DEFAULT transaction_timestamp()
);

CREATE FUNCTION events.mt_mark_event_progression(name varchar, last_encountered bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO events.mt_event_progression AS p (name, last_seq_id, last_updated)
    VALUES ($1, $2, transaction_timestamp())
    ON CONFLICT ON CONSTRAINT pk_mt_event_progression
    DO UPDATE SET last_seq_id = EXCLUDED.last_seq_id, last_updated = EXCLUDED.last_updated
$$;

CREATE TABLE events.mt_doc_deadletterevent (
    id uuid NOT NULL CONSTRAINT pkey_mt_doc_deadletterevent_id PRIMARY KEY,
    data jsonb NOT NULL,
    mt_last_modified timestamptz DEFAULT transaction_timestamp(),
    mt_version uuid NOT NULL DEFAULT gen_random_uuid(),
    mt_dotnet_type varchar
);
