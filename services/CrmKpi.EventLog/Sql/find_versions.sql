-- Runs under the head lock: no other append can move these versions. Asked only for streams whose version the caller
-- expects.
SELECT known.id, known.version
FROM unnest($2::varchar[]) AS expected (id)
CROSS JOIN LATERAL (
    SELECT id, version FROM events.mt_streams WHERE tenant_id = $1 AND id = expected.id LIMIT 1) AS known
