INSERT INTO control.quarantine (tenant_id, event_id, source, type, code, detail, pointer, body, body_length)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
