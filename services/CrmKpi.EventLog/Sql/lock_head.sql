-- Locks the tenant's head row until the end of the transaction: appends to one tenant go one after the other, and a
-- sequence becomes visible only after all lower ones. Without it a reader could see 8 before 7 and never come back for
-- 7. The time is that of the database and never goes back within a tenant. NO KEY: what is added beside the log holds the row by
-- its key, and need not wait. The home is NULL where the tenant lives: nothing is appended elsewhere.
SELECT last_seq, greatest(clock_timestamp(), recorded_at), home
FROM events.tenant_heads WHERE tenant_id = $1 FOR NO KEY UPDATE
