SELECT id, name, created_at FROM control.agencies WHERE id > $1 ORDER BY id LIMIT $2
