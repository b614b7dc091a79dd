-- $1 tenant, $2 the last sequence, $3 an instant. The last event recorded at or before it: the time of recording never
-- decreases with the sequence, which has no gaps, so that a binary search over the primary key finds it in about 20 rows.
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, $2::bigint
    UNION ALL
    SELECT CASE WHEN e.timestamp <= $3 THEN e.seq_id ELSE search.low END,
        CASE WHEN e.timestamp <= $3 THEN search.high ELSE e.seq_id - 1 END
    FROM search
    JOIN events.mt_events e ON e.tenant_id = $1 AND e.seq_id = (search.low + search.high + 1) / 2
    WHERE search.low < search.high
)
SELECT e.seq_id, e.id, e.timestamp
FROM search JOIN events.mt_events e ON e.tenant_id = $1 AND e.seq_id = search.low
WHERE search.low = search.high
