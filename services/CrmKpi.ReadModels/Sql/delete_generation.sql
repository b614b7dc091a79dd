-- $1 tenant, $2 generation. The last step, when its rows are gone.
DELETE FROM kpi.generations WHERE tenant_id = $1 AND generation = $2 AND status = 'dropping'
