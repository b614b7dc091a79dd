-- $1 tenant, $2 table, $3 rows. In the transaction that erases them: the numbers are exact whatever crashes.
UPDATE control.deletions
SET erased = jsonb_set(erased, ARRAY[$2], to_jsonb(coalesce((erased ->> $2)::bigint, 0) + $3))
WHERE tenant_id = $1
