-- $1 tenant, $2 generation, $3 rows to keep. Runs under the row lock of the checkpoint.
DELETE FROM kpi.cube_changes
WHERE tenant_id = $1 AND generation = $2 AND to_sequence <= (
    SELECT to_sequence FROM kpi.cube_changes WHERE tenant_id = $1 AND generation = $2
    ORDER BY to_sequence DESC OFFSET $3 LIMIT 1)
