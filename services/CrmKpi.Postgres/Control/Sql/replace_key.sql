-- Never prolongs the old key. Without any overlap it ends like a revoked one.
UPDATE control.api_keys
SET replaced_by = $2,
    expires_at = least(expires_at, $3),
    revoked_at = CASE WHEN $3 <= now() THEN now() ELSE revoked_at END
WHERE id = $1
