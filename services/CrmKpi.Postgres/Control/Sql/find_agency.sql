SELECT id, name, created_at FROM control.agencies WHERE id = $1
