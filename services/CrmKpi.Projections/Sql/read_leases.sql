-- $1 class of presence locks, $2 class of slot locks. Who is alive and which slots are taken, from the lock table itself:
-- a lock ends with its session, so there is no clock and no heartbeat row to be wrong.
SELECT classid::bigint, objid::bigint, pid = pg_backend_pid()
FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint IN ($1, $2)
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
