-- $1 tenant, $2 generation, $3 ids. {table} = a fact table. Runs under the row lock of the checkpoint. The entities were known
-- by another entity's link only, and the link is gone: a row that stayed would be read as their state.
DELETE FROM kpi.{table} WHERE tenant_id = $1 AND generation = $2 AND id = ANY ($3)
