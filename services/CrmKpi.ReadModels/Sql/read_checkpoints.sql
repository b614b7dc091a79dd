-- $1 tenant, $2 and $3 generations. The first statement of the repeatable-read snapshot in which two builds are compared.
SELECT generation, sequence, counting_key FROM kpi.generations WHERE tenant_id = $1 AND generation IN ($2, $3)
