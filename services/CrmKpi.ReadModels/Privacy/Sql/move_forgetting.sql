-- $1 tenant, $2 id, $3 position, $4 events masked.
UPDATE control.forgettings SET position = $3, events = events + $4 WHERE tenant_id = $1 AND id = $2
