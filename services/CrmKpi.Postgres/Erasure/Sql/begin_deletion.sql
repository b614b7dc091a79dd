-- $1 tenant, $2 agency, $3 who asks, $4 where the tenant lived.
INSERT INTO control.deletions (tenant_id, agency, requested_by, database) VALUES ($1, $2, $3::jsonb, $4)
ON CONFLICT (tenant_id) DO NOTHING
