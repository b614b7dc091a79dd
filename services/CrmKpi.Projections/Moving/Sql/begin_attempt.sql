-- $1 tenant. In a transaction of its own: a number is never used twice.
UPDATE control.moves SET attempt = attempt + 1 WHERE tenant_id = $1 AND state = 'copying' RETURNING attempt
