-- After lock_key.sql.
SELECT
    id, name, agency, scopes, tenants, created_at, expires_at, revoked_at, last_used_at, replaces, replaced_by,
    revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AS usable,
    EXISTS (
        SELECT FROM control.api_keys AS successor
        WHERE successor.id = key.replaced_by AND successor.revoked_at IS NULL
            AND (successor.expires_at IS NULL OR successor.expires_at > now())) AS succeeded,
    now()
FROM control.api_keys AS key
WHERE id = $1
