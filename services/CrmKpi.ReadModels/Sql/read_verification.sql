-- $1 tenant. A run whose generation is gone was ended by a rebuild.
SELECT v.generation,
    CASE WHEN v.state = 'running' AND fresh.status IS DISTINCT FROM 'verifying' THEN 'failed' ELSE v.state END,
    CASE WHEN v.state = 'running' AND fresh.status IS DISTINCT FROM 'verifying'
        THEN 'The read models were rebuilt meanwhile. Verify again.' ELSE v.detail END,
    v.sequence, v.cells, v.facts, v.differences, v.examples, v.requested_at, v.finished_at, fresh.sequence, live.sequence
FROM kpi.verifications v
LEFT JOIN kpi.generations fresh ON fresh.tenant_id = v.tenant_id AND fresh.generation = v.generation
LEFT JOIN kpi.generations live ON live.tenant_id = v.tenant_id AND live.status = 'live'
WHERE v.tenant_id = $1
