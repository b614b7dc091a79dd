-- Who may do what: agencies, their tenants, their keys.

CREATE TABLE control.agencies (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO control.agencies (id, name) VALUES ('default', 'Default');

CREATE TABLE control.tenants (
    id varchar COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text NOT NULL,
    agency text COLLATE "C" NOT NULL REFERENCES control.agencies,
    -- The database that holds the tenant's log and read models; 'main' is the one of the connection string.
    database text NOT NULL DEFAULT 'main',
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX tenants_by_agency ON control.tenants (agency, id);

CREATE TABLE control.api_keys (
    id text COLLATE "C" PRIMARY KEY,
    -- SHA-256 of the secret. The secret is 256 random bits, so that no slow hash is needed.
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    name text NOT NULL,
    agency text COLLATE "C" NOT NULL REFERENCES control.agencies,
    scopes integer NOT NULL,
    -- NULL: every tenant of the agency.
    tenants varchar[] COLLATE "C",
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);
