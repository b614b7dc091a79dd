-- $1 tenant, $2 generation, $3 ids. {table} = a fact table. No lock: what was read still holds if the checkpoint does.
SELECT id, folded FROM kpi.{table} WHERE tenant_id = $1 AND generation = $2 AND id = ANY ($3)
