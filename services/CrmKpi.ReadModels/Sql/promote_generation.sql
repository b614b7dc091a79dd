-- $1 tenant, $2 generation. In the transaction of flip_generation.sql, after it: the unique index allows one live row.
UPDATE kpi.generations SET status = 'live' WHERE tenant_id = $1 AND generation = $2 AND status = 'building'
