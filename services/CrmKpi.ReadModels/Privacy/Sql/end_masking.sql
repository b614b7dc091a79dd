-- $1 tenant, $2 id, $3 generation, 0 = there is none.
UPDATE control.forgettings SET masked_at = now(), generation = nullif($3, 0) WHERE tenant_id = $1 AND id = $2
