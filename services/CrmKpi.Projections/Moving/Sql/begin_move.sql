-- $1 tenant, $2 source, $3 target, $4 who asks. One move at a time: of an open one nothing changes, and nothing comes back.
INSERT INTO control.moves AS move (tenant_id, source, target, requested_by) VALUES ($1, $2, $3, $4::jsonb)
ON CONFLICT (tenant_id) DO UPDATE
SET source = EXCLUDED.source, target = EXCLUDED.target, number = move.number + 1, state = 'copying', requested_at = now(),
    requested_by = EXCLUDED.requested_by, copied = 0, first_attempt = move.attempt, switched_at = NULL, finished_at = NULL,
    failure = NULL
WHERE move.finished_at IS NOT NULL
RETURNING tenant_id
