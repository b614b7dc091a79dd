-- $1 tenant, $2 generation. Marks a generation that nobody reads for deletion; a lane that still writes it fails its
-- compare-and-set. The live one is never retired here.
UPDATE kpi.generations SET status = 'dropping' WHERE tenant_id = $1 AND generation = $2 AND status <> 'live'
