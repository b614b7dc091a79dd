-- Runs under the head lock: no other append can move these versions.
SELECT id, version FROM events.mt_streams WHERE tenant_id = $1 AND id = ANY ($2)
