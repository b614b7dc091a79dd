SELECT
    id, name, agency, scopes, tenants, created_at, expires_at, revoked_at, last_used_at, replaces, replaced_by,
    secret_hash, revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AS usable
FROM control.api_keys
WHERE id = $1
