-- $1 tenant, $2 source, $3 first generation. In the target: the log that is on its way. An empty one is that of a registration; one
-- with events that says that the tenant lives here is none to copy into, and nothing comes back.
INSERT INTO events.tenant_heads AS head (tenant_id, home, first_generation) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id) DO UPDATE SET home = $2, first_generation = $3
WHERE head.home = $2 OR head.home IS NULL AND head.last_seq = 0
RETURNING last_seq
