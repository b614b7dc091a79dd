-- $1 tenant, $2 agency.
INSERT INTO control.tenants (id, name, agency) VALUES ($1, $1, $2) ON CONFLICT (id) DO NOTHING
