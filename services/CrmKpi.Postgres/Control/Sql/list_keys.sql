SELECT id, name, agency, scopes, tenants, created_at, expires_at, revoked_at
FROM control.api_keys
WHERE $1::text IS NULL OR agency = $1
ORDER BY id
