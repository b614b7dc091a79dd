-- $1 tenant, $2 rows found by table, $3 whether there are none.
UPDATE control.deletions
SET found = $2::jsonb, scanned_at = now(), finished_at = CASE WHEN $3 THEN now() END
WHERE tenant_id = $1
