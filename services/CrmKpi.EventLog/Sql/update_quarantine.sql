UPDATE control.quarantine
SET code = $3, detail = $4, pointer = $5, attempts = attempts + 1
WHERE tenant_id = $1 AND id = $2
