-- $1 tenant.
SELECT
    move.tenant_id, tenant.agency, move.source, move.target, move.state, move.requested_at, move.copied, move.attempt,
    move.attempt - move.first_attempt, move.switched_at, clock_timestamp() - move.switched_at, move.finished_at, move.failure,
    move.number
FROM control.moves AS move JOIN control.tenants AS tenant ON tenant.id = move.tenant_id
WHERE move.tenant_id = $1
