-- $1 tenant, $2 generation. In the transaction that inserts the verifying generation: one row a tenant, the last result
-- gives way to the new run.
INSERT INTO kpi.verifications AS v (tenant_id, generation, state) VALUES ($1, $2, 'running')
ON CONFLICT (tenant_id) DO UPDATE
SET generation = excluded.generation, state = 'running', detail = NULL, sequence = NULL, cells = NULL, facts = NULL,
    differences = NULL, examples = '{}', requested_at = now(), finished_at = NULL
