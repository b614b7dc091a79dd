-- $1 tenant, $2 target, $3 attempt. In the source: waits for the append under way; no other one follows.
UPDATE events.tenant_heads SET home = $2, move_attempt = $3
WHERE tenant_id = $1 AND (home IS NULL OR home = $2) AND coalesce(move_attempt, 0) <= $3
RETURNING last_seq, recorded_at, usage_day, usage_from
