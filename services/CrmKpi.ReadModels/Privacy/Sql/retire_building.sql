-- $1 tenant. Locks the live row first, as whoever starts a generation.
WITH live AS MATERIALIZED (
    SELECT tenant_id FROM kpi.generations WHERE tenant_id = $1 AND status = 'live' FOR UPDATE
)
UPDATE kpi.generations SET status = 'dropping' FROM live
WHERE generations.tenant_id = live.tenant_id AND generations.status = 'building'
