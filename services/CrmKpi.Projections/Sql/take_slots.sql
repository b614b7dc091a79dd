-- $1 class of slot locks, $2 slots. Takes session locks; answers those that were free. Two processes that want one slot
-- are told apart by the lock, never by what they read before.
SELECT slot FROM unnest($2::integer[]) AS slot WHERE pg_try_advisory_lock($1, slot)
