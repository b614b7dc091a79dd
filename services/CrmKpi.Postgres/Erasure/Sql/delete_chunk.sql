-- $1 tenant, $2 rows. {table} comes from the catalogue of tables. The tenant stands in the outer condition too: a row's
-- place is unique within one partition only. Short transactions keep vacuum and other tenants going.
DELETE FROM {table}
WHERE tenant_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE tenant_id = $1 LIMIT $2))
