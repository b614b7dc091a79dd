SELECT
    id, name, agency, scopes, tenants, created_at, expires_at, revoked_at, secret_hash,
    revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AS usable
FROM control.api_keys
WHERE id = $1
