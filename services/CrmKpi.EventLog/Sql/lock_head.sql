-- Locks the tenant's head row until the end of the transaction: appends to one tenant go one after the other, and a
-- sequence becomes visible only after all lower ones. Without it a reader could see 8 before 7 and never come back for
-- 7. The time is that of the database and never goes back within a tenant.
SELECT last_seq, greatest(clock_timestamp(), recorded_at) FROM events.tenant_heads WHERE tenant_id = $1 FOR UPDATE
