SELECT sequence, type, subject, recorded_at, actor::text, request_id, changes::text
FROM control.audit
WHERE agency = $1 AND sequence > $2
ORDER BY sequence
LIMIT $3
