-- $1 tenant. One instance at a time works on a move; another one goes past it.
SELECT tenant_id FROM control.moves WHERE tenant_id = $1 AND finished_at IS NULL FOR UPDATE SKIP LOCKED
