-- $1 tenant. One instance at a time works on a deletion, for one chunk; another one goes past it. Answers where the tenant lived.
SELECT database FROM control.deletions WHERE tenant_id = $1 AND finished_at IS NULL FOR UPDATE SKIP LOCKED
