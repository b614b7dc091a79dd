-- $1 tenant, $2 user, $3 pseudonym. The first dimension is the manager. In place, since ids of sets have no gaps; lanes
-- read the dictionary again before they begin the generation that this transaction starts.
UPDATE kpi.dimension_sets SET "values"[1] = $3 WHERE tenant_id = $1 AND "values"[1] = $2
