-- $1 tenant. Its examples of differences name entities.
DELETE FROM kpi.verifications WHERE tenant_id = $1 AND state <> 'running'
