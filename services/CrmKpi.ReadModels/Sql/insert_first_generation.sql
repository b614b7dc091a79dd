-- $1 tenant, $2 rules version, $3 settings, $4 counting key. Two lanes that start a tenant at once meet at the primary key;
-- the loser finds the winner's row.
INSERT INTO kpi.generations (tenant_id, generation, rules_version, status, settings, counting_key)
VALUES (
    $1, coalesce((SELECT first_generation FROM events.tenant_heads WHERE tenant_id = $1), 1), $2, 'live', $3, $4)
ON CONFLICT DO NOTHING
