-- $1 tenant, $2 id, $3 rows.
UPDATE control.forgettings SET quarantined = quarantined + $3 WHERE tenant_id = $1 AND id = $2
