-- $1 tenant, $2 recorded at, $3 usage day, $4 usage from. In the target, as in the source.
UPDATE events.tenant_heads SET recorded_at = $2, usage_day = $3, usage_from = $4 WHERE tenant_id = $1
