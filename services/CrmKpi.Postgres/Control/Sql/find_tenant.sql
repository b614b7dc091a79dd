SELECT id, name, agency, created_at FROM control.tenants WHERE id = $1
