-- $1 tenant, $2 sequence.
UPDATE control.moves SET copied = $2 WHERE tenant_id = $1
