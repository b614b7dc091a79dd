-- Rows that came with their numbers are not met by those to come.
SELECT setval('control.quarantine_id_seq', brought.id + 1000)
FROM (SELECT max(id) AS id FROM control.quarantine WHERE tenant_id = $1) AS brought
WHERE brought.id > (SELECT last_value FROM control.quarantine_id_seq)
