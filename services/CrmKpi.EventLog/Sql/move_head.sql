-- Runs under the head lock. The old value is in the condition as an assertion: no row means that the lock did not hold.
UPDATE events.tenant_heads SET last_seq = $2, recorded_at = $3 WHERE tenant_id = $1 AND last_seq = $4
