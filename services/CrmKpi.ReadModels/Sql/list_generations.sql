-- $1 tenant. No lock: a lane proves by its compare-and-set that what it read still holds.
SELECT generation, rules_version, status, settings, counting_key, has_facts, sequence, parked_reason
FROM kpi.generations
WHERE tenant_id = $1
ORDER BY generation
