-- $1 tenant, $2 stream, $3 stream from now on. Under the lock of the head, which every append takes: what was appended
-- before is renamed, what comes after begins the stream anew, and the versions of both stay unique and without gaps.
WITH moved AS (
    UPDATE events.mt_streams SET id = $3 WHERE tenant_id = $1 AND id = $2
)
UPDATE events.mt_events SET stream_id = $3 WHERE tenant_id = $1 AND stream_id = $2
