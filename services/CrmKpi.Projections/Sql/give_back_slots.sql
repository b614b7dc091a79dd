-- $1 class of slot locks, $2 slots.
SELECT count(pg_advisory_unlock($1, slot)) FROM unnest($2::integer[]) AS slot
