-- $1 agency.
INSERT INTO control.agencies (id, name) VALUES ($1, $1) ON CONFLICT (id) DO NOTHING
