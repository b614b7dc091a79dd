-- After lock_keys.sql, which keeps two revocations from each seeing the other's key as the one that is left.
-- A key that is bound to tenants or has expired cannot manage the installation, so it does not count.
UPDATE control.api_keys AS key SET revoked_at = coalesce(revoked_at, now())
WHERE id = $1
    AND (revoked_at IS NOT NULL OR scopes & $2 = 0 OR tenants IS NOT NULL OR expires_at <= now() OR EXISTS (
        SELECT FROM control.api_keys AS other
        WHERE other.id <> key.id AND other.scopes & $2 <> 0 AND other.tenants IS NULL
            AND other.revoked_at IS NULL AND (other.expires_at IS NULL OR other.expires_at > now())))
