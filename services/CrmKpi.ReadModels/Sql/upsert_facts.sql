-- $1 tenant, $2 generation, $3 sequence, $4 ids, $5 states, then the typed columns. {table}, {columns}, {arrays}, {updates}
-- come from the fact schema of the entity kind. Runs under the row lock of the checkpoint.
INSERT INTO kpi.{table} (tenant_id, generation, sequence, id, folded{columns})
SELECT $1, $2, $3, fact.* FROM unnest($4::text[], $5::bytea[]{arrays}) AS fact
ON CONFLICT (tenant_id, generation, id) DO UPDATE SET sequence = excluded.sequence, folded = excluded.folded{updates}
