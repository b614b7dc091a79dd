-- Operators register agencies and make keys for any of them. Whoever administered the whole installation so far becomes one.
UPDATE control.api_keys SET scopes = scopes | 8
WHERE agency = 'default' AND tenants IS NULL AND scopes & 4 <> 0 AND revoked_at IS NULL;

ALTER TABLE control.api_keys
    -- Written about once a minute by each process: never exact, never on the way of a request.
    ADD COLUMN last_used_at timestamptz,
    -- The chain of a rotation. A key that is erased with its tenant leaves a hole in it.
    ADD COLUMN replaces text COLLATE "C" REFERENCES control.api_keys ON DELETE SET NULL,
    ADD COLUMN replaced_by text COLLATE "C" REFERENCES control.api_keys ON DELETE SET NULL;

CREATE INDEX api_keys_by_agency ON control.api_keys (agency, id);
CREATE INDEX api_keys_by_replaces ON control.api_keys (replaces);
CREATE INDEX api_keys_by_replaced_by ON control.api_keys (replaced_by);
