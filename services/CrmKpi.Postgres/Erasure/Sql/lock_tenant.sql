-- $1 tenant, $2 agency. FOR UPDATE waits for whoever is adding rows that refer to the tenant (quarantine, generations,
-- own KPIs), and lets the next of them find it gone.
SELECT id FROM control.tenants WHERE id = $1 AND agency = $2 FOR UPDATE
