-- Rows that another process is marking are left out, not waited for: it writes nearly the same, and two that lock the same rows in
-- different order would stop each other.
WITH free AS (
    SELECT id FROM control.api_keys WHERE id = ANY ($1) FOR UPDATE SKIP LOCKED
)
UPDATE control.api_keys AS key SET last_used_at = greatest(key.last_used_at, used.at)
FROM free
JOIN unnest($1::text[], $2::timestamptz[]) AS used (id, at) USING (id)
WHERE key.id = free.id
