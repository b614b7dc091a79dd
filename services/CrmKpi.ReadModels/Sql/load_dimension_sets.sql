-- $1 tenant, $2 first id wanted.
SELECT id, "values" FROM kpi.dimension_sets WHERE tenant_id = $1 AND id >= $2 ORDER BY id
