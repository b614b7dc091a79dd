SELECT wanted
FROM unnest($2::varchar[]) AS wanted
WHERE NOT EXISTS (SELECT FROM control.tenants WHERE id = wanted AND agency = $1)
LIMIT 1
