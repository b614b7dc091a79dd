-- $1 tenant, $2 id. When nothing is left of generations that were begun before the log was masked.
UPDATE control.forgettings AS f
SET finished_at = now(), person = NULL, streams = '{}'
WHERE tenant_id = $1 AND id = $2 AND NOT EXISTS (
    SELECT FROM kpi.generations AS g
    WHERE g.tenant_id = $1 AND g.generation < f.generation)
