-- $1 tenant, $2 generation, $3 state, $4 detail, $5 sequence, $6 cells, $7 facts, $8 differences, $9 examples. Only the run
-- that is still the tenant's current one writes its result.
UPDATE kpi.verifications
SET state = $3, detail = $4, sequence = $5, cells = $6, facts = $7, differences = $8, examples = $9, finished_at = now()
WHERE tenant_id = $1 AND generation = $2 AND state = 'running'
