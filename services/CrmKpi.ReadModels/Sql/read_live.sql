-- $1 tenant. The first statement of a repeatable-read snapshot: what follows in it is exactly at this sequence.
SELECT generation, rules_version, sequence, settings FROM kpi.generations WHERE tenant_id = $1 AND status = 'live'
