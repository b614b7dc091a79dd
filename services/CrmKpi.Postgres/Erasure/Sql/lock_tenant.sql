-- $1 tenant, $2 agency. FOR UPDATE waits for whoever is adding rows that refer to the tenant (quarantine, generations,
-- own KPIs, a move), and lets the next of them find it gone. Answers where the tenant lives, and whether it is being moved.
SELECT
    tenant.database,
    EXISTS (SELECT FROM control.moves AS move WHERE move.tenant_id = tenant.id AND move.finished_at IS NULL)
FROM control.tenants AS tenant WHERE tenant.id = $1 AND tenant.agency = $2
FOR UPDATE OF tenant
