-- $1 tenant, $2 agency, $3 who asks.
INSERT INTO control.deletions (tenant_id, agency, requested_by) VALUES ($1, $2, $3::jsonb)
