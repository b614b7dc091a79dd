-- $1 tenant, $2 rules version, $3 status (building | verifying), $4 settings, $5 counting key. Locks the live row, so
-- that two requests number their generations one after the other; the unique index on the status lets one of them win,
-- and no row comes back for the other. Without a live generation there is nothing to build beside.
WITH live AS (
    SELECT tenant_id FROM kpi.generations WHERE tenant_id = $1 AND status = 'live' FOR UPDATE
)
INSERT INTO kpi.generations (tenant_id, generation, rules_version, status, settings, counting_key)
SELECT live.tenant_id, (SELECT max(generation) + 1 FROM kpi.generations WHERE tenant_id = $1), $2, $3, $4, $5
FROM live
ON CONFLICT DO NOTHING
RETURNING generation
