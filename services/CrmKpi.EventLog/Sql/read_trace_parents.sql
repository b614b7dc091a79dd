-- Some different trace contexts of a range of the log. Asked only while somebody traces.
SELECT trace_parent
FROM events.mt_events
WHERE tenant_id = $1 AND seq_id > $2 AND seq_id <= $3 AND trace_parent IS NOT NULL
GROUP BY trace_parent
ORDER BY max(seq_id) DESC
LIMIT $4
