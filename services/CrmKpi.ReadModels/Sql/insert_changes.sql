-- $1 tenant, $2 generation, $3 from, $4 to, $5 cells. For readers that hold the cube in memory.
INSERT INTO kpi.cube_changes (tenant_id, generation, from_sequence, to_sequence, cells) VALUES ($1, $2, $3, $4, $5)
