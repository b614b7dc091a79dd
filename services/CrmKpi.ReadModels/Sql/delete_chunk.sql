-- $1 tenant, $2 generation, $3 rows. {table} = a table of read models. Row locks on at most $3 rows of a generation
-- that nobody reads: short transactions keep vacuum and other tenants going.
DELETE FROM kpi.{table}
WHERE ctid = ANY (ARRAY(SELECT ctid FROM kpi.{table} WHERE tenant_id = $1 AND generation = $2 LIMIT $3))
