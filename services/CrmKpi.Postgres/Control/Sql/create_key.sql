INSERT INTO control.api_keys (id, secret_hash, name, agency, scopes, tenants, expires_at, replaces)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING
    id, name, agency, scopes, tenants, created_at, expires_at, revoked_at, last_used_at, replaces, replaced_by
