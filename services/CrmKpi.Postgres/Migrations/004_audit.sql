-- The trail of administrative acts, numbered without gaps for each agency. Append only: a service's role gets INSERT and SELECT on
-- control.audit, no UPDATE, no DELETE, no TRUNCATE; of control.agencies it may update audit_head (and name).

ALTER TABLE control.agencies ADD COLUMN audit_head bigint NOT NULL DEFAULT 0;

CREATE TABLE control.audit (
    agency text COLLATE "C" NOT NULL REFERENCES control.agencies,
    sequence bigint NOT NULL CHECK (sequence > 0),
    type text COLLATE "C" NOT NULL,
    -- What it was done to: 'key/<id>', 'tenant/<id>', 'agency/<id>'.
    subject text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Who did it: '{"kind": …, "id": …, "agency": …}'.
    actor jsonb NOT NULL,
    request_id text,
    -- What changed; never a secret.
    changes jsonb NOT NULL,
    PRIMARY KEY (agency, sequence)
);
