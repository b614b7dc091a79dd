-- After lock_keys.sql, which keeps two revocations from each seeing the other's key as the one that is left.
-- $2: the scope of which one usable key must be left. $3: within this agency; null = anywhere.
-- A key that is bound to tenants or has expired cannot manage the others, so it does not count.
UPDATE control.api_keys AS key SET revoked_at = now()
WHERE id = $1 AND revoked_at IS NULL
    AND (scopes & $2 = 0 OR tenants IS NOT NULL OR expires_at <= now() OR EXISTS (
        SELECT FROM control.api_keys AS other
        WHERE other.id <> key.id AND other.scopes & $2 <> 0 AND other.tenants IS NULL
            AND ($3::text IS NULL OR other.agency = $3)
            AND other.revoked_at IS NULL AND (other.expires_at IS NULL OR other.expires_at > now())))
