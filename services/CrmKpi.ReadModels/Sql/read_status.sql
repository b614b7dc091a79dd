-- $1 tenant.
SELECT live.generation, live.rules_version, live.sequence, coalesce(live.parked_reason, building.parked_reason),
    building.generation, building.sequence
FROM kpi.generations live
LEFT JOIN kpi.generations building ON building.tenant_id = live.tenant_id AND building.status = 'building'
WHERE live.tenant_id = $1 AND live.status = 'live'
