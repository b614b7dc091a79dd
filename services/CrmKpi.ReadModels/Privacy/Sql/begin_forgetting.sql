-- $1 tenant, $2 kind, $3 person, $4 pseudonym. Nothing comes back when the same is under way.
INSERT INTO control.forgettings (tenant_id, kind, person, pseudonym) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, kind, person) WHERE finished_at IS NULL DO NOTHING
RETURNING id
