-- $1 tenant, $2 state, $3 why it failed. An end has a time.
UPDATE control.moves
SET state = $2, failure = coalesce($3, failure), finished_at = CASE WHEN $2 IN ('done', 'failed') THEN now() END
WHERE tenant_id = $1
