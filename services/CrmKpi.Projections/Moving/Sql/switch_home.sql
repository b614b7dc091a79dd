-- $1 tenant, $2 target, $3 attempt, $4 the last sequence. The tenant lives there from the commit on.
WITH switched AS (
    UPDATE control.moves SET state = 'opening', switched_at = clock_timestamp(), copied = $4
    WHERE tenant_id = $1 AND state = 'copying' AND attempt = $3
    RETURNING tenant_id)
UPDATE control.tenants SET database = $2 WHERE id = $1 AND EXISTS (SELECT FROM switched)
