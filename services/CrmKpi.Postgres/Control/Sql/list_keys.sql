-- $4: only keys bound to some of these tenants and to no other. $5: scopes that no key of the list may have.
SELECT id, name, agency, scopes, tenants, created_at, expires_at, revoked_at, last_used_at, replaces, replaced_by
FROM control.api_keys
WHERE ($1::text IS NULL OR agency = $1) AND id > $2
    AND ($4::varchar[] IS NULL OR tenants <@ $4) AND scopes & $5 = 0
ORDER BY id
LIMIT $3
