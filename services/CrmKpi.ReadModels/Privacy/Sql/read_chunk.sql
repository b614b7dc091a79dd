-- $1 tenant, $2 after, $3 up to, $4 person, $5 pseudonym, $6 streams. All that may tell of the person, and more: what
-- it is that an event tells is decided by PersonMask.
SELECT seq_id, stream_id, type, source_id, data::text
FROM events.mt_events
WHERE tenant_id = $1 AND seq_id > $2 AND seq_id <= $3
    AND (stream_id = ANY ($6) OR stream_id IN ('customer/' || $5, 'user/' || $5)
        OR position(to_jsonb($4::text)::text IN data::text) > 0
        OR position(to_jsonb('customer/' || $4)::text IN data::text) > 0
        OR position(to_jsonb('user/' || $4)::text IN data::text) > 0
        OR position($4 IN source_id) > 0)
ORDER BY seq_id
