DELETE FROM control.quarantine WHERE tenant_id = $1 AND id = ANY ($2)
