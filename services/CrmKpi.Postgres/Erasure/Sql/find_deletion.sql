-- $1 tenant.
SELECT
    tenant_id, agency, requested_at, requested_by::text, erased::text, found::text, scanned_at, finished_at, database
FROM control.deletions WHERE tenant_id = $1
