-- Runs under the head lock. An assertion stands in it, because COMMIT follows in the same round trip: when the head is not where it was
-- when the lock was had, no row is updated and the division by zero ends the transaction.
WITH moved AS (
    UPDATE events.tenant_heads SET last_seq = $2, recorded_at = $3 WHERE tenant_id = $1 AND last_seq = $4 RETURNING 1
)
SELECT 1 / count(*) FROM moved
