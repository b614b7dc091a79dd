SELECT id, name, agency, created_at
FROM control.tenants
WHERE agency = $1 AND id > $2
ORDER BY id
LIMIT $3
