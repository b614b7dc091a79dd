SELECT id, received_at, event_id, source, type, code, detail, pointer, body, attempts, body_length
FROM control.quarantine
WHERE tenant_id = $1 AND id > $2
ORDER BY id
LIMIT $3
