-- $1 tenant, $2 generation, $3 the first id wanted, $4 rows wanted. {table} = a fact table. A range of the primary key, in the
-- snapshot of read_live.sql.
SELECT id, folded FROM kpi.{table} WHERE tenant_id = $1 AND generation = $2 AND id >= $3 ORDER BY id LIMIT $4
