-- $1 tenant, $2 person. What is not understood cannot be masked.
DELETE FROM control.quarantine
WHERE tenant_id = $1 AND (
    position(convert_to($2, 'UTF8') IN body) > 0 OR position($2 IN coalesce(event_id, '') || detail) > 0)
