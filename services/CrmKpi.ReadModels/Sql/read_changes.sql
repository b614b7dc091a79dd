-- $1 tenant, $2 generation, $3 sequence held. In the snapshot of read_live.sql.
SELECT from_sequence, to_sequence, cells FROM kpi.cube_changes
WHERE tenant_id = $1 AND generation = $2 AND to_sequence > $3
ORDER BY to_sequence
